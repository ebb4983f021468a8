#include "me/aes.h"

#include "me/octets.h"
#include "me/simbiont_me.h"

namespace simbiont::me {
namespace {

// Four elements of GF(2^8) in a word; FIPS 197 column c is word c, row r its bits 8r to 8r+7.
using Word = std::uint32_t;

constexpr Word ones = 0x01010101;
constexpr std::size_t max_words = 60;  // of round keys: 4 x (14 + 1)

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

void load(const std::uint8_t* octets, std::size_t count, Word* out) {
  for (std::size_t i = 4 * count; i-- > 0;) out[i / 4] = (i % 4 == 3 ? 0 : out[i / 4] << 8) | octets[i];
}
void store(const Word* words, std::uint8_t* out) {
  for (unsigned i = 0; i < 16; ++i) out[i] = static_cast<std::uint8_t>(words[i / 4] >> 8 * (i % 4));
}

// FIPS 197 5.2; returns the number of rounds.
unsigned expand(const std::uint8_t* key, std::size_t key_size, Word* words) {
  const std::size_t own = key_size / 4;
  const auto rounds = static_cast<unsigned>(own + 6);
  load(key, own, words);
  Word constant = 1;
  std::size_t place = 0;
  for (std::size_t i = own; i < 4 * (rounds + 1); ++i) {
    Word w = words[i - 1];
    if (place == 0 || (own == 8 && place == 4)) w = sub(rotate_word(w, place == 0 ? 8 : 0));
    if (place == 0) {
      w ^= constant;
      constant = times_x(constant);
    }
    words[i] = words[i - own] ^ w;
    place = place + 1 == own ? 0 : place + 1;
  }
  return rounds;
}

// ShiftRows takes row r of column c from column c + r; its inverse, step 3, from column c - r.
void shift_rows(Word* s, unsigned step) {
  Word out[4];
  for (unsigned c = 0; c < 4; ++c) {
    out[c] = 0;
    for (unsigned r = 0; r < 4; ++r) out[c] |= s[(c + step * r) & 3U] & (Word{0xff} << (8 * r));
  }
  for (unsigned c = 0; c < 4; ++c) s[c] = out[c];
}

void add(Word* s, const Word* key) {
  for (int c = 0; c < 4; ++c) s[c] ^= key[c];
}

void each(Word* s, Word (*change)(Word)) {
  for (int c = 0; c < 4; ++c) s[c] = change(s[c]);
}

void encrypt(Word* s, const Word* keys, unsigned rounds) {
  add(s, keys);
  while (rounds-- > 0) {
    each(s, sub);
    shift_rows(s, 1);
    if (rounds > 0) each(s, mix);
    add(s, keys += 4);
  }
}

void decrypt(Word* s, const Word* keys, unsigned rounds) {
  keys += 4 * rounds;
  add(s, keys);
  while (rounds-- > 0) {
    shift_rows(s, 3);
    each(s, inverse_sub);
    add(s, keys -= 4);
    if (rounds > 0) each(s, inverse_mix);
  }
}

}  // namespace

void aes_block(const std::uint8_t* key, std::size_t key_size, int direction, const std::uint8_t* in,
               std::uint8_t* out) {
  struct {
    Word keys[max_words];
    Word state[4];
  } work;
  const unsigned rounds = expand(key, key_size, work.keys);
  load(in, 4, work.state);
  (direction == SIMBIONT_ME_DECRYPT ? decrypt : encrypt)(work.state, work.keys, rounds);
  store(work.state, out);
  wipe(&work, sizeof work);
}

}  // namespace simbiont::me
