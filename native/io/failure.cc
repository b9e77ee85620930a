#include "native/io/failure.h"

namespace atome::cli {

void require(const Status& status, const std::string& where) {
    if (!status.ok()) throw Failure(where + ": " + std::string(status.message()), status.code());
}

}  // namespace atome::cli
