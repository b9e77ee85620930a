// uart_write() of an exported main.c, where QEMU's console plays the serial port.
#include "mcu/port/port.h"

extern "C" void uart_write(uint8_t byte) {
    const char c = static_cast<char>(byte);
    port::write(&c, 1);
}
