// Milenage as a card computes it, written from TS 35.206 4.1 over OpenSSL's AES: the HSS has another one, and
// neither may take over the other's mistakes.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/secret.h"

struct evp_cipher_ctx_st;

namespace simbiont::usim {

// AES-128 encryption of single blocks under one key. A cipher that OpenSSL cannot set up ends the process.
class BlockCipher {
 public:
  explicit BlockCipher(const Secret& key);  // 16 octets (assert)
  Block encrypt(const Block& in) const;

 private:
  struct Release {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  std::unique_ptr<evp_cipher_ctx_st, Release> context_;
};

class Milenage {
 public:
  Milenage(const Secret& k, const Secret& opc, const Block& rand);  // keys of 16 octets each (assert)
  ~Milenage() { zeroise(temp_); }
  Milenage(const Milenage&) = delete;
  Milenage& operator=(const Milenage&) = delete;

  struct Macs {
    ByteArray<8> mac_a;  // f1
    ByteArray<8> mac_s;  // f1*
  };
  Macs f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const;
  struct ResAk {
    ByteArray<8> res;  // f2
    ByteArray<6> ak;   // f5
  };
  ResAk f2_f5() const;
  Block f3() const;  // CK
  Block f4() const;  // IK
  ByteArray<6> f5_star() const;

  // OPc = OP xor E_K(OP)
  static Secret opc(const Secret& k, const Secret& op);

 private:
  // OUT2 to OUT5: E_K(rot(TEMP xor OPc, 8 x octets) xor c) xor OPc
  Block out(unsigned octets, std::uint8_t c) const;
  Block masked(const Block& block) const;  // xor OPc

  BlockCipher cipher_;
  Secret opc_;
  Block temp_;  // E_K(RAND xor OPc)
};

}  // namespace simbiont::usim
