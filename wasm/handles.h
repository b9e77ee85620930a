// The objects that JavaScript refers to by a number.
#pragma once

#include <map>
#include <memory>

#include "wasm/js_values.h"
#include "wasm/models.h"
#include "wasm/training.h"

namespace atome::wasm {

// Numbers are never used twice, so a stale one is an error and not another object.
template <class T>
class Handles {
  public:
    using Object = std::shared_ptr<T>;

    explicit Handles(const char* what) : what_(what) {}
    val add(Object added) {
        objects_[++last_] = std::move(added);
        return object({{"handle", last_}});
    }
    Status find(int handle, Object* out) const {
        const auto it = objects_.find(handle);
        if (it == objects_.end())
            return Status::error(Code::bad_argument, "this ", what_, " is closed: open another one");
        *out = it->second;
        return {};
    }
    void remove(int handle) { objects_.erase(handle); }

  private:
    const char* what_;
    std::map<int, Object> objects_;
    int last_ = 0;
};

inline Handles<Model> models("model");
inline Handles<OpenStream> streams("stream");
inline Handles<Training> trainings("training run");

// Declares `name`, the object of `handle` in one of the tables above, or returns the error.
#define ATOME_FIND(table, name)   \
    decltype(table)::Object name; \
    ATOME_JS_TRY(table.find(handle, &name))

}  // namespace atome::wasm
