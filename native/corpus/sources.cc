#include "native/corpus/sources.h"

#include <map>

#include "native/corpus/zip.h"

namespace atome::cli {
namespace {

constexpr uint64_t kMaxUnpacked = uint64_t{256} << 20;

constexpr std::string_view kTinyStoriesTrain[] = {"TinyStories-train.txt"};
constexpr std::string_view kTinyStoriesValid[] = {"TinyStories-valid.txt"};
constexpr std::string_view kTldr[] = {"tldr-pages.en.zip"};
// The pages of questions; indexes and pages of links are left out.
constexpr std::string_view kEspFaq[] = {
    "application-solution/artificial-intelligence.html",
    "application-solution/at-application.html",
    "application-solution/audio-development-framework.html",
    "application-solution/camera-application.html",
    "application-solution/esp-matter.html",
    "application-solution/esp-now.html",
    "application-solution/third-party-cloud-service.html",
    "application-solution/wifi-mesh-development-framework.html",
    "commercial-faq/index.html",
    "development-environment/debugging.html",
    "development-environment/environment-setup.html",
    "development-environment/firmware-update.html",
    "development-environment/IDE-plugins.html",
    "hardware-related/chip-comparison.html",
    "hardware-related/development-board.html",
    "hardware-related/hardware-design.html",
    "hardware-related/production-test.html",
    "hardware-related/RF-related.html",
    "software-framework/bt/ble.html",
    "software-framework/bt/br-edr.html",
    "software-framework/coexistence.html",
    "software-framework/ethernet.html",
    "software-framework/peripherals/adc.html",
    "software-framework/peripherals/dac.html",
    "software-framework/peripherals/gpio.html",
    "software-framework/peripherals/i2c.html",
    "software-framework/peripherals/i2s.html",
    "software-framework/peripherals/lcd.html",
    "software-framework/peripherals/ledc.html",
    "software-framework/peripherals/mcpwm.html",
    "software-framework/peripherals/pcnt.html",
    "software-framework/peripherals/rmt.html",
    "software-framework/peripherals/sdio.html",
    "software-framework/peripherals/spi.html",
    "software-framework/peripherals/timer.html",
    "software-framework/peripherals/touch.html",
    "software-framework/peripherals/twai.html",
    "software-framework/peripherals/uart.html",
    "software-framework/peripherals/usb.html",
    "software-framework/protocols/esp-tls.html",
    "software-framework/protocols/http.html",
    "software-framework/protocols/lwip.html",
    "software-framework/protocols/mbedtls.html",
    "software-framework/protocols/mqtt.html",
    "software-framework/protocols/other-protocols.html",
    "software-framework/provisioning.html",
    "software-framework/security.html",
    "software-framework/storage/fatfs.html",
    "software-framework/storage/nvs.html",
    "software-framework/storage/psram.html",
    "software-framework/storage/sd-sdio-mmc.html",
    "software-framework/storage/spi-flash.html",
    "software-framework/storage/spiffs.html",
    "software-framework/system.html",
    "software-framework/wifi.html",
    "test-verification/power-consumption-verification.html",
};

constexpr std::string_view kTinyStoriesBase =
    "https://huggingface.co/datasets/roneneldan/TinyStories/resolve/main/";

constexpr Source kSources[] = {
    {"tinystories", "CDLA-Sharing-1.0",
     "Stories with a small child's words, written by large models; training part.", kTinyStoriesBase,
     kTinyStoriesTrain, uint64_t{32} << 20},
    {"tinystories-valid", "CDLA-Sharing-1.0",
     "The same, validation part: no story in common with the training part.", kTinyStoriesBase,
     kTinyStoriesValid},
    {"tldr", "CC-BY-4.0", "Short help for thousands of command-line tools, by the tldr-pages project.",
     "https://github.com/tldr-pages/tldr/releases/latest/download/", kTldr, 0, "common,linux"},
    {"esp-faq", "Apache-2.0", "Questions and answers on Espressif's chips and software.",
     "https://docs.espressif.com/projects/esp-faq/en/latest/", kEspFaq},
};

// Whether `name`, such as "pages/common/tar.md", is a page in one of the folders.
bool wanted_page(std::string_view folders, std::string_view name) {
    if (!name.ends_with(".md")) return false;
    const std::size_t slash = name.rfind('/');
    if (slash == std::string_view::npos) return false;
    std::string_view folder = name.substr(0, slash);
    folder = folder.substr(folder.rfind('/') + 1);
    while (!folders.empty()) {
        const std::size_t comma = folders.find(',');
        if (folders.substr(0, comma) == folder) return true;
        folders = comma == std::string_view::npos ? std::string_view() : folders.substr(comma + 1);
    }
    return false;
}

}  // namespace

std::span<const Source> sources() { return kSources; }

const Source* find_source(std::string_view name) {
    for (const Source& source : kSources)
        if (source.name == name) return &source;
    return nullptr;
}

std::string unpack_pages(const Source& source, std::string_view archive, const std::string& where) {
    std::map<std::string, std::string> pages;
    read_zip(
        archive, where, kMaxUnpacked,
        [&](const std::string& name) { return wanted_page(source.zip_folders, name); },
        [&](const std::string& name, std::string contents) { pages[name] = std::move(contents); });
    std::string text;
    for (const auto& [name, contents] : pages) text += contents + "\n\n";
    return text;
}

}  // namespace atome::cli
