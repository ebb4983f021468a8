#include "usim/milenage.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

namespace simbiont::usim {
namespace {

// TS 35.206 rotates towards the most significant bit.
Block rotate(const Block& in, unsigned octets) {
  Block out = in;
  std::rotate(out.begin(), out.begin() + octets, out.end());
  return out;
}

Block exclusive_or(const Block& a, ByteView b) {
  Block out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(a[i] ^ b[i]);
  return out;
}

template <std::size_t N>
ByteArray<N> part(const Block& block, std::size_t from) {
  ByteArray<N> out{};
  std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(from), N, out.begin());
  return out;
}

}  // namespace

void BlockCipher::Release::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

BlockCipher::BlockCipher(const Secret& key) : context_(EVP_CIPHER_CTX_new()) {
  assert(key.size() == 16);
  if (!context_ ||
      EVP_EncryptInit_ex2(context_.get(), EVP_aes_128_ecb(), key.reveal().data(), nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1) {
    std::abort();
  }
}

Block BlockCipher::encrypt(const Block& in) const {
  Block out{};
  int length = 0;
  if (EVP_EncryptUpdate(context_.get(), out.data(), &length, in.data(), static_cast<int>(in.size())) != 1 ||
      length != static_cast<int>(out.size())) {
    std::abort();
  }
  return out;
}

Milenage::Milenage(const Secret& k, const Secret& opc, const Block& rand) : cipher_(k), opc_(opc), temp_{} {
  assert(opc.size() == 16);
  temp_ = cipher_.encrypt(masked(rand));
}

Block Milenage::masked(const Block& block) const { return exclusive_or(block, opc_.reveal()); }

Block Milenage::out(unsigned octets, std::uint8_t c) const {
  Block in = rotate(masked(temp_), octets);
  in.back() = static_cast<std::uint8_t>(in.back() ^ c);
  return masked(cipher_.encrypt(in));
}

Milenage::Macs Milenage::f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const {
  Block in1{};  // SQN || AMF || SQN || AMF
  for (const std::size_t half : {std::size_t{0}, std::size_t{8}}) {
    std::copy(sqn.begin(), sqn.end(), in1.begin() + static_cast<std::ptrdiff_t>(half));
    std::copy(amf.begin(), amf.end(), in1.begin() + static_cast<std::ptrdiff_t>(half + sqn.size()));
  }
  const Block out1 = masked(cipher_.encrypt(exclusive_or(temp_, rotate(masked(in1), 8))));  // c1 is zero
  return {part<8>(out1, 0), part<8>(out1, 8)};
}

Milenage::ResAk Milenage::f2_f5() const {
  const Block out2 = out(0, 1);
  return {part<8>(out2, 8), part<6>(out2, 0)};
}

Block Milenage::f3() const { return out(4, 2); }
Block Milenage::f4() const { return out(8, 4); }
ByteArray<6> Milenage::f5_star() const { return part<6>(out(12, 8), 0); }

Secret Milenage::opc(const Secret& k, const Secret& op) {
  assert(op.size() == 16);
  Block plain{};
  std::copy_n(op.reveal().begin(), plain.size(), plain.begin());
  Block opc = exclusive_or(BlockCipher(k).encrypt(plain), plain);
  Secret result(opc);
  zeroise(plain);
  zeroise(opc);
  return result;
}

}  // namespace simbiont::usim
