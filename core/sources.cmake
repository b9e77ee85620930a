# What goes onto a chip, relative to this file. The one list: native, wasm and mcu build from it.
set(ATOME_CHIP_SOURCES
  atome/base/crc32c.cc
  atome/base/status.cc
  atome/infer/engine.cc
  atome/infer/engine_unpack.cc
  atome/infer/fixed/engine.cc
  atome/infer/fixed/plan.cc
  atome/infer/sampler.cc
  atome/infer/stream.cc
  atome/infer/text_writer.cc
  atome/kernels/packed.cc
  atome/kernels/scalar.cc
  atome/model/config.cc
  atome/model/tensors.cc
  atome/model/view.cc
  atome/model/view_compact.cc
  atome/tokens/vocabulary.cc)
