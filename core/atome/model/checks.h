// What checks of float and of coded models share; the messages name the tensor.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "atome/base/bytes.h"
#include "atome/model/config.h"

namespace atome {

inline Status wrong_size(const TensorSpec& spec, std::string_view what, std::size_t found,
                         uint64_t expected) {
    return Status::error(Code::bad_config, tensor_name(spec).view(), ": ", found, " ", what, ", expected ",
                         expected);
}

inline Status check_finite(const TensorSpec& spec, const std::vector<float>& values) {
    for (std::size_t i = 0; i < values.size(); i++)
        if (!is_finite(values[i]))
            return Status::error(Code::not_finite, tensor_name(spec).view(), ": element ", i,
                                 " is not finite");
    return {};
}

template <class Model>
Status check_count(const Model& model) {
    ATOME_TRY(validate(model.config));
    if (model.window > Limits::window)
        return Status::error(Code::bad_config, "window is ", model.window, ": use 0..", Limits::window);
    if (model.tensors.size() != tensor_count(model.config))
        return Status::error(Code::bad_config, "the model has ", model.tensors.size(), " tensors, expected ",
                             tensor_count(model.config));
    return {};
}

}  // namespace atome
