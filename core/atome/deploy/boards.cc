#include "atome/deploy/boards.h"

namespace atome {

namespace {

// From the data sheets of the chips: ST (STM32F030x4, F103x8, F411xE, F446xE), Raspberry Pi (RP2040, RP2350),
// Nordic (nRF51822-QFAA, nRF52833, nRF52840), Microchip (ATmega328P, SAMD21G18A), WCH (CH32V003F4,
// CH32V203C8), NXP (i.MX RT1062), Espressif (ESP32, ESP32-C3); external flash as the board carries it.
constexpr Board kBoards[] = {
    {"Arduino Uno R3", "ATmega328P", "AVR, 8 bits", 32, 2, false, "8 bits: the engine does not build for it"},
    {"CH32V003 board", "CH32V003F4", "RV32EC", 16, 2, true, ""},
    {"STM32F030 mini board", "STM32F030F4", "Cortex-M0", 16, 4, true, ""},
    {"micro:bit v1", "nRF51822", "Cortex-M0", 256, 16, true, "the Bluetooth stack, where used, takes half"},
    {"Blue Pill", "STM32F103C8", "Cortex-M3", 64, 20, true, "many have 128 KB of flash"},
    {"CH32V203 board", "CH32V203C8", "RV32IMAC", 64, 20, true, ""},
    {"Arduino Zero", "SAMD21G18", "Cortex-M0+", 256, 32, true, ""},
    {"micro:bit v2", "nRF52833", "Cortex-M4F", 512, 128, true, ""},
    {"Black Pill F411", "STM32F411CE", "Cortex-M4F", 512, 128, true, ""},
    {"Nucleo-F446RE", "STM32F446RE", "Cortex-M4F", 512, 128, true, ""},
    {"Arduino Nano 33 BLE", "nRF52840", "Cortex-M4F", 1024, 256, true, ""},
    {"nRF52840 DK", "nRF52840", "Cortex-M4F", 1024, 256, true, ""},
    {"Raspberry Pi Pico", "RP2040", "Cortex-M0+", 2048, 264, true, ""},
    {"ESP32-C3 DevKit", "ESP32-C3", "RV32IMC", 4096, 400, true, "ESP-IDF keeps a part of the RAM"},
    {"Teensy 4.0", "i.MX RT1062", "Cortex-M7F", 2048, 512, true, "1024 KB of RAM in two pieces"},
    {"ESP32 DevKit", "ESP32", "Xtensa LX6", 4096, 520, true, "ESP-IDF gives one array less than half of it"},
    {"Raspberry Pi Pico 2", "RP2350", "Cortex-M33F", 4096, 520, true, ""},
};

}  // namespace

std::span<const Board> boards() { return kBoards; }

}  // namespace atome
