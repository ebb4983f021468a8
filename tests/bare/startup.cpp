// From reset to main, and the few words a program says through a debugger (semihosting).
#include "bare/machine.h"

extern "C" {
extern std::uint32_t stack_bottom, stack_top;
int main();
[[noreturn]] void reset();
[[noreturn]] void fault();

[[gnu::section(".vectors"), gnu::used]] void (*const vectors[16])() = {
    reinterpret_cast<void (*)()>(&stack_top),
    reset,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault,
    fault};

// The image has no initialised data, and the board's RAM begins as zeros.
void reset() { bare::exit(main()); }
void fault() {
  bare::say("fault\n");
  bare::exit(1);
}

void* memset(void* to, int octet, std::size_t size) {
  auto* out = static_cast<volatile char*>(to);
  while (size-- > 0) *out++ = static_cast<char>(octet);
  return to;
}
void* memcpy(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<volatile char*>(to);
  const auto* in = static_cast<const char*>(from);
  while (size-- > 0) *out++ = *in++;
  return to;
}
}

namespace bare {
namespace {

constexpr std::uint32_t paint = 0xc0ffee11;

int semihost(int operation, const void* argument) {
  register int r0 asm("r0") = operation;
  register const void* r1 asm("r1") = argument;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

volatile std::uint32_t& systick(unsigned word) {
  return reinterpret_cast<volatile std::uint32_t*>(0xe000e010)[word];
}

}  // namespace

void say(const char* text) { semihost(0x04, text); }

void say(std::uint32_t number) {
  char digits[11];
  char* at = digits + sizeof digits;
  *--at = 0;
  do {
    *--at = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  say(at);
}

void exit(int status) {
  semihost(0x18, reinterpret_cast<const void*>(status == 0 ? 0x20026 : 0x20023));
  for (;;) {
  }
}

void start_ticks() {
  systick(1) = 0x00ffffff;
  systick(2) = 0;
  systick(0) = 5;
}
std::uint32_t ticks() { return 0x00ffffff - systick(2); }

[[gnu::noinline]] void paint_stack() {
  const auto* here = static_cast<std::uint32_t*>(__builtin_frame_address(0)) - 16;
  for (volatile std::uint32_t* word = &stack_bottom; word < here; ++word) *word = paint;
}
[[gnu::noinline]] std::uint32_t painted() {
  const volatile std::uint32_t* word = &stack_bottom;
  while (*word == paint) ++word;
  return static_cast<std::uint32_t>(word - &stack_bottom) * 4;
}

}  // namespace bare
