#include "atome/formats/load.h"

#include <utility>

#include "atome/formats/atome_file.h"
#include "atome/formats/legacy.h"
#include "atome/formats/model_tensors.h"
#include "atome/formats/pt.h"
#include "atome/quant/coded_model.h"

namespace atome {

Status load_model(const uint8_t* data, std::size_t size, const Config* hint, LoadedModel* out) {
    LoadedModel model;
    model.format = detect(data, size);
    NamedTensors tensors;
    switch (model.format) {
        case FileFormat::atome:
            ATOME_TRY(read_atome(data, size, &model.coded));
            break;
        case FileFormat::atome01:
        case FileFormat::atome02:
        case FileFormat::atomep3:
            ATOME_TRY(read_legacy(data, size, hint, &model.coded));
            break;
        case FileFormat::safetensors:
            ATOME_TRY(parse_safetensors(data, size, &tensors));
            break;
        case FileFormat::pt:
            ATOME_TRY(parse_pt(data, size, &tensors));
            break;
        case FileFormat::unknown:
            return unknown_format(data, size);
    }
    if (model.format == FileFormat::safetensors || model.format == FileFormat::pt) {
        ATOME_TRY(read_model(tensors, &model.shadow.emplace()));
        ATOME_TRY(quantise(*model.shadow, &model.coded));
    }
    *out = std::move(model);
    return {};
}

}  // namespace atome
