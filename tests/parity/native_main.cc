// The parity program for a computer: parity [KERNELS [packed|unpacked]], KERNELS as in `atome --kernels`, or
// `kernels` for a list of those that this machine has.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "atome/infer/fixed/registry.h"
#include "atome/kernels/registry.h"
#include "tests/parity/parity.h"

int main(int argc, char** argv) {
    using namespace atome::parity;
    if (argc > 1 && std::strcmp(argv[1], "kernels") == 0) {
        for (const atome::KernelSet& set : atome::kernel_sets())
            if (!set.fused && set.available()) std::puts(set.name);
        return 0;
    }
    const atome::Kernels* kernels = atome::find_kernels(argc > 1 ? argv[1] : "scalar");
    if (!kernels) {
        std::fprintf(stderr, "parity: this machine has no kernels named %s\n", argv[1]);
        return 77;  // ctest's SKIP_RETURN_CODE
    }
    Port port{};
    port.write = [](const char* text) { std::fputs(text, stdout); };
    port.memory_size = 64u << 20;
    port.memory = static_cast<uint8_t*>(std::aligned_alloc(64, port.memory_size));
    port.kernels = kernels;
    port.unpack = argc > 2 && std::strcmp(argv[2], "unpacked") == 0;
    // Along with packed weights the definition, along with others the set of this name, or the chips' own.
    const atome::FixedKernels *of_name = atome::find_fixed_kernels(kernels->name),
                              *definition = &atome::scalar_fixed_kernels();
    if (!port.unpack)
        port.fixed_kernels = definition;
    else
        port.fixed_kernels = of_name && of_name != definition ? of_name : &atome::pairs_fixed_kernels();
    if (!port.memory) return 1;
    int errors = 0;
    for (const CaseList& list : {small_cases(), default_cases(), reference_cases()})
        errors += run(port, list);
    std::free(port.memory);
    return errors > 0;
}
