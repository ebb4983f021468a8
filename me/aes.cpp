#include "me/aes.h"

#include "me/octets.h"
#include "me/simbiont_me.h"

namespace simbiont::me {
namespace {

// Four elements of GF(2^8) in a word: a column of FIPS 197, row r its bits 8r to 8r+7.
using Word = std::uint32_t;

constexpr Word ones = 0x01010101;
constexpr std::size_t block_size = 16, max_rounds = 14;

// By one bit within each octet.
Word rotate_octets(Word x) { return (x & ~(ones << 7)) << 1 | (x >> 7 & ones); }
Word rotate_word(Word x, unsigned bits) { return x >> bits | x << ((32 - bits) & 31U); }

// Times x, modulo x^8 + x^4 + x^3 + x + 1.
Word times_x(Word a) {
  const Word carry = (a >> 7) & ones;
  return ((a & ~(ones << 7)) << 1) ^ carry ^ (carry << 1) ^ (carry << 3) ^ (carry << 4);
}

Word multiply(Word a, Word b) {
  Word product = 0;
  for (int bit = 0; bit < 8; ++bit) {
    const Word mask = (b & ones) * 0xff;
    product ^= a & mask;
    a = times_x(a);
    b >>= 1;
  }
  return product;
}

// a^254: the inverse, and 0 for 0.
Word inverse(Word a) {
  Word power = a;
  for (int i = 0; i < 6; ++i) power = multiply(multiply(power, power), a);
  return multiply(power, power);
}

// The sum of a, rotated by i bits for each bit i of the pattern.
Word rotations(Word a, unsigned pattern) {
  Word sum = 0;
  for (unsigned bit = 0x40; bit != 0; bit >>= 1) {
    sum = rotate_octets(sum);
    if ((pattern & bit) != 0) sum ^= a;
  }
  return sum;
}

Word sub(Word a) { return rotations(inverse(a), 0x1f) ^ ones * 0x63; }
Word inverse_sub(Word a) { return inverse(rotations(a, 0x4a) ^ ones * 0x05); }

Word mix(Word w) {
  const Word next = rotate_word(w, 8);
  return times_x(w ^ next) ^ next ^ rotate_word(w, 16) ^ rotate_word(w, 24);
}
// The inverse matrix is mix times (5 + 4 x^2).
Word inverse_mix(Word w) { return mix(w ^ times_x(times_x(w ^ rotate_word(w, 16)))); }

Word load(const std::uint8_t* octets) {
  Word w = 0;
  for (int i = 3; i >= 0; --i) w = w << 8 | octets[i];
  return w;
}
void store(Word w, std::uint8_t* octets) {
  for (int i = 0; i < 4; ++i, w >>= 8) octets[i] = static_cast<std::uint8_t>(w);
}

// FIPS 197 5.2. `keys` begins with the key; own: its words.
void expand(std::uint8_t* keys, std::size_t own, unsigned rounds) {
  Word constant = 1;
  std::size_t place = 0;
  for (std::uint8_t* end = keys + block_size * (rounds + 1) - 4 * own; keys < end; keys += 4) {
    Word w = load(keys + 4 * own - 4);
    if (place == 0 || (own == 8 && place == 4)) w = sub(rotate_word(w, place == 0 ? 8 : 0));
    if (place == 0) {
      w ^= constant;
      constant = times_x(constant);
    }
    store(load(keys) ^ w, keys + 4 * own);
    if (++place == own) place = 0;
  }
}

// ShiftRows takes row r of column c from column c + r; its inverse, step 3, from column c - r.
void shift_rows(std::uint8_t* s, unsigned step) {
  std::uint8_t from[block_size];
  copy(from, s, block_size);
  for (unsigned i = 0; i < block_size; ++i) s[i] = from[(i + 4 * step * (i & 3U)) & 15U];
  wipe(from, block_size);
}

void each_column(std::uint8_t* s, Word (*change)(Word)) {
  for (int c = 0; c < 4; ++c, s += 4) store(change(load(s)), s);
}

void encrypt(std::uint8_t* s, const std::uint8_t* keys, unsigned rounds) {
  add(s, keys, block_size);
  while (rounds-- > 0) {
    each_column(s, sub);
    shift_rows(s, 1);
    if (rounds > 0) each_column(s, mix);
    add(s, keys += block_size, block_size);
  }
}

void decrypt(std::uint8_t* s, const std::uint8_t* keys, unsigned rounds) {
  keys += block_size * rounds;
  add(s, keys, block_size);
  while (rounds-- > 0) {
    shift_rows(s, 3);
    each_column(s, inverse_sub);
    add(s, keys -= block_size, block_size);
    if (rounds > 0) each_column(s, inverse_mix);
  }
}

}  // namespace

void aes_block(const std::uint8_t* key, std::size_t key_size, int direction, const std::uint8_t* in,
               std::uint8_t* out) {
  std::uint8_t keys[block_size * (max_rounds + 1)];
  const std::size_t own = key_size / 4;
  const auto rounds = static_cast<unsigned>(own + 6);
  copy(keys, key, key_size);
  expand(keys, own, rounds);
  copy(out, in, block_size);
  (direction == SIMBIONT_ME_DECRYPT ? decrypt : encrypt)(out, keys, rounds);
  wipe(keys, sizeof keys);
}

}  // namespace simbiont::me
