// The files that terminals walk: TS 102 221 clause 13 below the MF, TS 31.102 clause 4 in the USIM,
// TS 51.011 clause 10 for 2G ones.
#include <initializer_list>

#include "usim/file_system.h"

namespace simbiont::usim {
namespace {

constexpr Access always = Access::always, pin1 = Access::pin1, adm = Access::adm;

Bytes blank(std::size_t size) { return Bytes(size, 0xff); }
Bytes hex(std::string_view text) { return *from_hex(text); }

Bytes filled(Bytes content, std::size_t size) {
  content.resize(size, 0xff);
  return content;
}

// Two digits an octet, the first in the lower half.
Bytes swapped(std::string digits) {
  if (digits.size() % 2 != 0) digits += 'f';
  for (std::size_t i = 0; i < digits.size(); i += 2) std::swap(digits[i], digits[i + 1]);
  return hex(digits);
}

// TS 31.102 4.2.2: length, then the identity with its type (1, or 9 with an odd number of digits) ahead.
Bytes imsi_content(const std::string& imsi) {
  const Bytes digits = swapped((imsi.size() % 2 != 0 ? "9" : "1") + imsi);
  Bytes out{static_cast<std::uint8_t>(digits.size())};
  out.insert(out.end(), digits.begin(), digits.end());
  return filled(out, 9);
}

// TS 24.008 10.5.1.3: MCC 2, MCC 1 | MNC 3 (F without), MCC 3 | MNC 2, MNC 1.
Bytes home_plmn(const CardData& card) {
  const std::string& imsi = card.profile.imsi;
  const char third = card.mnc_digits == 3 ? imsi[5] : 'f';
  return hex(std::string{imsi[1], imsi[0], third, imsi[2], imsi[4], imsi[3]});
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// TS 31.102 4.2.8 and TS 51.011 10.3.7: services by number, from 1.
Bytes services(std::size_t size, unsigned bits, std::initializer_list<unsigned> numbers) {
  Bytes out(size, 0);
  for (const unsigned number : numbers) {
    const unsigned bit = (number - 1) * bits;
    const unsigned mask = (1U << bits) - 1;
    out[bit / 8] = static_cast<std::uint8_t>(out[bit / 8] | mask << bit % 8);
  }
  return out;
}

// TS 31.102 4.2.15: one access class of 0 to 9, after the last digit of the IMSI.
Bytes access_class(const std::string& imsi) {
  ByteArray<2> out{};
  store_be(1U << (imsi.back() - '0'), out);
  return {out.begin(), out.end()};
}

Bytes directory_entry(const Bytes& aid) {
  const std::string_view label = "USIM";
  Bytes inner{0x4f, static_cast<std::uint8_t>(aid.size())};
  inner =
      inner + aid + Bytes{0x50, static_cast<std::uint8_t>(label.size())} + Bytes(label.begin(), label.end());
  return filled(Bytes{0x61, static_cast<std::uint8_t>(inner.size())} + inner, 38);
}

}  // namespace

FileSystem::FileSystem(const CardData& card) : aid_(hex("a0000000871002ffffffff8907090000")) {
  add_directory(mf, mf_id);
  add(mf, {0x2fe2, 0x02, always, adm}, filled(swapped(card.iccid), 10));   // EF.ICCID
  add(mf, {0x2f00, 0x1e, always, adm, 38}, directory_entry(aid_));         // EF.DIR
  add(mf, {0x2f05, 0x05, always, pin1}, hex("656e"));                      // EF.PL
  add(mf, {0x2f06, 0x06, always, adm, access_rule_size}, access_rules());  // EF.ARR
  add_usim(card);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto written = card.written.find(names_[i]);
    if (written != card.written.end() && written->second.size() == contents_[i].size())
      contents_[i] = written->second;
  }
}

void FileSystem::add_usim(const CardData& card) {
  const Index adf = add_directory(mf, adf_id, Kind::application);
  add(adf, {0x6f05, 0x02, always, pin1}, hex("656effff"));               // EF.LI
  add(adf, {0x6f07, 0x07, pin1, adm}, imsi_content(card.profile.imsi));  // EF.IMSI
  add(adf, {0x6fad, 0x03, always, adm}, Bytes{0, 0, 0, static_cast<std::uint8_t>(card.mnc_digits)});  // EF.AD
  add(adf, {0x6f38, 0x04, pin1, adm},
      services(16, 1, {10, 12, 19, 20, 21, 27, 33, 38, 42, 43, 68, 85}));                 // EF.UST
  add(adf, {0x6f56, 0x05, pin1, adm}, Bytes{0});                                          // EF.EST
  add(adf, {0x6f78, 0x06, pin1, adm}, access_class(card.profile.imsi));                   // EF.ACC
  add(adf, {0x6f46, 0, always, adm}, filled(Bytes{1} + hex("53696d62696f6e74"), 17));     // EF.SPN
  add(adf, {0x6fb7, 0x01, always, adm, 4}, hex("11f2ff00"));                              // EF.ECC: 112
  add(adf, {0x6f3c, 0, pin1, pin1, 176}, filled(Bytes{0}, 176) + filled(Bytes{0}, 176));  // EF.SMS
  add(adf, {0x6f40, 0, always, pin1, 24}, blank(24));                                     // EF.MSISDN
  add(adf, {0x6f42, 0, pin1, pin1, 40}, blank(40));                                       // EF.SMSP
  add(adf, {0x6f43, 0, pin1, pin1}, blank(2));                                            // EF.SMSS
  add(adf, {0x6fd6, 0, pin1, pin1}, blank(96));                                           // EF.GBABP
  add(adf, {0x6fda, 0, pin1, adm, 128}, blank(128));                                      // EF.GBANL
  add_mobility(adf, card);
  add_telecom(add_directory(mf, 0x7f10));
  add_gsm(adf, card);
}

// Where a terminal keeps its security contexts and where it was last.
void FileSystem::add_mobility(Index adf, const CardData& card) {
  const Bytes plmn = home_plmn(card), nowhere = plmn + Bytes{0, 0};
  add(adf, {0x6f08, 0x08, pin1, pin1}, Bytes{7} + blank(32));              // EF.Keys
  add(adf, {0x6f09, 0x09, pin1, pin1}, Bytes{7} + blank(32));              // EF.KeysPS
  add(adf, {0x6f31, 0x12, pin1, adm}, Bytes{5});                           // EF.HPPLMN: 30 minutes
  add(adf, {0x6f5b, 0x0f, pin1, pin1}, hex("f00000f00000"));               // EF.START-HFN
  add(adf, {0x6f5c, 0x10, pin1, adm}, blank(3));                           // EF.THRESHOLD
  add(adf, {0x6f60, 0x0a, pin1, pin1}, filled(plmn + hex("4080"), 40));    // EF.PLMNwAcT
  add(adf, {0x6f61, 0x11, pin1, adm}, filled(plmn + hex("4080"), 40));     // EF.OPLMNwAcT
  add(adf, {0x6f62, 0x13, pin1, adm}, plmn + hex("c080"));                 // EF.HPLMNwAcT
  add(adf, {0x6f7b, 0x0d, pin1, pin1}, blank(12));                         // EF.FPLMN
  add(adf, {0x6f7e, 0x0b, pin1, pin1}, blank(4) + nowhere + hex("ff01"));  // EF.LOCI
  add(adf, {0x6f73, 0x0c, pin1, pin1}, blank(7) + nowhere + hex("0001"));  // EF.PSLOCI
  add(adf, {0x6fe3, 0x1e, pin1, pin1}, blank(12) + nowhere + hex("01"));   // EF.EPSLOCI
  add(adf, {0x6fe4, 0x18, pin1, pin1, 80}, blank(80));                     // EF.EPSNSC
  const Index gsm_access = add_directory(adf, 0x5f3b);
  add(gsm_access, {0x4f20, 0x01, pin1, pin1}, blank(8) + Bytes{7});  // EF.Kc
  add(gsm_access, {0x4f52, 0x02, pin1, pin1}, blank(8) + Bytes{7});  // EF.KcGPRS
}

void FileSystem::add_telecom(Index directory) {
  add(directory, {0x6f3a, 0, pin1, pin1, 24}, blank(std::size_t{24} * 10));  // EF.ADN
}

// DF.GSM shows a 2G terminal what the USIM has.
void FileSystem::add_gsm(Index adf, const CardData& card) {
  const Index gsm = add_directory(mf, 0x7f20), gsm_access = *child(adf, 0x5f3b), telecom = *child(mf, 0x7f10);
  add(gsm, {0x6f05, 0, always, pin1}, hex("ff"));                       // EF.LP
  add(gsm, {0x6f38, 0, pin1, adm}, services(5, 2, {1, 4, 9, 12, 17}));  // EF.SST
  add(gsm, {0x6f30, 0, pin1, pin1}, filled(home_plmn(card), 24));       // EF.PLMNsel
  add(gsm, {0x6f74, 0, pin1, pin1}, blank(16));                         // EF.BCCH
  add(gsm, {0x6fae, 0, always, adm}, Bytes{3});                         // EF.Phase
  for (const std::uint16_t shared :
       std::initializer_list<std::uint16_t>{0x6f07, 0x6fad, 0x6f31, 0x6f46, 0x6f78, 0x6f7b, 0x6f7e})
    add_twin(gsm, shared, *child(adf, shared));
  add_twin(gsm, 0x6f20, *child(gsm_access, 0x4f20));
  add_twin(gsm, 0x6f52, *child(gsm_access, 0x4f52));
  for (const std::uint16_t shared : std::initializer_list<std::uint16_t>{0x6f3c, 0x6f40, 0x6f42, 0x6f43})
    add_twin(telecom, shared, *child(adf, shared));
}

}  // namespace simbiont::usim
