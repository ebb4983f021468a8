// A board without an operating system, as QEMU plays it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bare {

void say(const char* text);
void say(std::uint32_t number);
[[noreturn]] void exit(int status);

// SysTick, on the CPU's clock.
void start_ticks();
std::uint32_t ticks();

// The octets of stack that nothing has touched since paint_stack, from the bottom.
void paint_stack();
std::uint32_t painted();

}  // namespace bare
