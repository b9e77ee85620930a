// What checks of models share: float and coded ones of the routed model, and the GPT. Spec is what
// tensor_spec() gives for the model's configuration; the messages name the tensor.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "atome/base/bytes.h"
#include "atome/model/tensors.h"
#include "atome/tokens/vocabulary.h"

namespace atome {

template <class Spec>
Status wrong_size(const Spec& spec, std::string_view what, std::size_t found, uint64_t expected) {
    return Status::error(Code::bad_config, tensor_name(spec).view(), ": ", found, " ", what, ", expected ",
                         expected);
}

template <class Spec>
Status check_finite(const Spec& spec, const std::vector<float>& values) {
    for (std::size_t i = 0; i < values.size(); i++)
        if (!is_finite(values[i]))
            return Status::error(Code::not_finite, tensor_name(spec).view(), ": element ", i,
                                 " is not finite");
    return {};
}

// Of a model: its configuration, window, vocabulary and number of tensors.
template <class Model>
Status check_count(const Model& model) {
    ATOME_TRY(validate(model.config));
    Vocabulary vocabulary;
    ATOME_TRY(Vocabulary::of(model.vocabulary.data(), model.vocabulary.size(), model.config.vocab_size,
                             &vocabulary));
    if constexpr (requires { model.window; })
        if (model.window > Limits::window)
            return Status::error(Code::bad_config, "window is ", model.window, ": use 0..", Limits::window);
    if (model.tensors.size() != tensor_count(model.config))
        return Status::error(Code::bad_config, "the model has ", model.tensors.size(), " tensors, expected ",
                             tensor_count(model.config));
    return {};
}

// A float tensor: its size, and that every number is finite.
template <class Spec>
Status check_floats(const Spec& spec, const std::vector<float>& values) {
    if (values.size() != spec.size()) return wrong_size(spec, "values", values.size(), spec.size());
    return check_finite(spec, values);
}

}  // namespace atome
