// A UICC for tests, in vpcd's virtual reader: what supplicants walk of TS 31.102's files, and AUTHENTICATE
// over lib/usim, T=0 as cards do it (61xx and GET RESPONSE, 6Cxx).
//   test_card PORT IMSI @K @OPC [SEQ]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <string>

#include "usim/authenticator.h"
#include "usim/milenage.h"

namespace {

using namespace simbiont;

const Bytes atr = *from_hex("3b9f96801fc78031a073be21136743200718000001a5");
const Bytes aid = *from_hex("a0000000871002ffffffff8907090000");

Bytes tlv(std::uint8_t tag, const Bytes& value) {
  Bytes out{tag, static_cast<std::uint8_t>(value.size())};
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes word(unsigned value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

Bytes imsi_content(const std::string& imsi) {
  Bytes out{8};
  const std::string half_octets = (imsi.size() % 2 == 1 ? "9" : "1") + imsi + "f";
  for (std::size_t i = 0; out.size() < 9; i += 2)
    out.push_back(
        i + 1 < half_octets.size() ? from_hex(std::string{half_octets[i + 1], half_octets[i]})->at(0) : 0xff);
  return out;
}

class Card {
 public:
  Card(const std::string& imsi, const Secret& k, const Secret& opc, std::uint64_t seq)
      : k_(k), opc_(opc), authenticator_({imsi, k, opc}) {
    authenticator_.accepted_seq().fill(seq);
    files_[0x6f07] = imsi_content(imsi);
    files_[0x6fad] = *from_hex("00000002");  // a two-digit MNC
    files_[0x2fe2] = *from_hex("98001032547698103214");
    application_ = tlv(0x61, tlv(0x4f, aid) + tlv(0x50, {'U', 'S', 'I', 'M'}));
  }

  void reset() { current_ = 0x3f00, held_.clear(); }

  Bytes transmit(ByteView c) {
    if (c.size() < 4) return word(0x6700);
    if (c[0] != 0) return word(0x6e00);
    if (c[1] == 0xc0) return get_response(c);
    held_.clear();
    switch (c[1]) {
      case 0xa4:
        return select(c);
      case 0xb0:
        return files_.count(current_) == 0
                   ? word(0x6986)
                   : out(files_[current_], c, static_cast<std::size_t>(c[2] << 8 | c[3]));
      case 0xb2:
        if (current_ != 0x2f00) return word(0x6986);
        return c[2] == 1 ? out(application_, c, 0) : word(0x6a83);
      case 0x88:
        return authenticate(c);
      default:
        return word(0x6d00);
    }
  }

 private:
  static Bytes out(const Bytes& data, ByteView c, std::size_t from) {
    const std::size_t left = data.size() - std::min(from, data.size());
    const std::size_t wanted = c.size() > 4 ? c[4] : 0;
    if (wanted == 0 || wanted > left) return word(0x6c00 + static_cast<unsigned>(left));
    const auto at = data.begin() + static_cast<long>(from);
    return Bytes(at, at + static_cast<long>(wanted)) + word(0x9000);
  }
  Bytes get_response(ByteView c) {
    const Bytes response = out(held_, c, 0);
    if (response.size() > 2) held_.clear();
    return response;
  }
  Bytes hold(Bytes data) {
    held_ = std::move(data);
    return word(0x6100 + static_cast<unsigned>(held_.size()));
  }

  Bytes select(ByteView c) {
    if (c.size() < 6 || c.size() < 5U + c[4]) return word(0x6700);
    const Bytes data(c.begin() + 5, c.begin() + 5 + c[4]);
    const bool by_aid = c[2] == 4;
    const bool fits =
        by_aid && data.size() <= aid.size() && std::equal(data.begin(), data.end(), aid.begin());
    const auto id = static_cast<std::uint16_t>(
        fits ? 0x7fff : load_be(ByteView(data).last(std::min<std::size_t>(2, data.size()))));
    const bool directory = id == 0x3f00 || id == 0x7fff;
    if ((by_aid && !fits) || (!directory && id != 0x2f00 && files_.count(id) == 0)) return word(0x6a82);
    current_ = id;
    if (directory) in_usim_ = id == 0x7fff;
    return (c[3] & 0x0cU) == 0x0c ? word(0x9000) : hold(template_of(id, directory));
  }
  // FCP, TS 102 221 11.1.1.3.
  Bytes template_of(std::uint16_t id, bool directory) {
    if (directory)
      return tlv(0x62, tlv(0x82, {0x78, 0x21}) + (id == 0x7fff ? tlv(0x84, aid) : tlv(0x83, word(id))) +
                           tlv(0x8a, {5}) + tlv(0xc6, {0x90, 1, 0, 0x83, 1, 1}));
    const auto record = static_cast<std::uint8_t>(application_.size());
    const bool linear = id == 0x2f00;
    return tlv(0x62, tlv(0x82, linear ? Bytes{0x42, 0x21, 0, record, 1} : Bytes{0x41, 0x21}) +
                         tlv(0x83, word(id)) + tlv(0x8a, {5}) +
                         tlv(0x80, word(linear ? record : static_cast<unsigned>(files_[id].size()))));
  }

  Bytes authenticate(ByteView c) {
    if (!in_usim_) return word(0x6985);
    if (c[3] == 0x80 && c.size() >= 22 && c[4] == 17) return gsm(block(c, 6));
    if (c[3] != 0x81 || c.size() < 39 || c[4] != 34) return word(0x6a86);
    const usim::Outcome outcome = authenticator_.authenticate(block(c, 6), block(c, 23));
    std::cerr << "AUTHENTICATE " << static_cast<int>(outcome.verdict) << std::endl;
    if (outcome.verdict == usim::Verdict::mac_failure) return word(0x9862);
    if (outcome.verdict == usim::Verdict::sync_failure)
      return hold(tlv(0xdc, {outcome.auts.begin(), outcome.auts.end()}));
    return hold(Bytes{0xdb} + field(outcome.res) + field(outcome.ck) + field(outcome.ik));
  }
  // TS 33.102 6.8.1.2: c2 and c3.
  Bytes gsm(const Block& rand) {
    std::cerr << "AUTHENTICATE without AUTN" << std::endl;
    const usim::Milenage milenage(k_, opc_, rand);
    const auto res = milenage.f2_f5().res;
    const Block ck = milenage.f3(), ik = milenage.f4();
    ByteArray<4> sres{};
    ByteArray<8> kc{};
    for (std::size_t i = 0; i < 4; ++i) sres[i] = res[i] ^ res[i + 4];
    for (std::size_t i = 0; i < 8; ++i) kc[i] = ck[i] ^ ck[i + 8] ^ ik[i] ^ ik[i + 8];
    return hold(field(sres) + field(kc));
  }
  static Bytes field(ByteView value) {
    return Bytes{static_cast<std::uint8_t>(value.size())} + Bytes(value.begin(), value.end());
  }
  static Block block(ByteView c, std::size_t at) {
    Block out{};
    std::copy_n(c.begin() + static_cast<long>(at), 16, out.begin());
    return out;
  }

  Secret k_, opc_;
  usim::Authenticator authenticator_;
  std::map<std::uint16_t, Bytes> files_;
  Bytes application_, held_;
  std::uint16_t current_ = 0x3f00;
  bool in_usim_ = false;
};

bool read_all(int socket, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const int on = 1;
    (void)setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    const ssize_t got = recv(socket, out.data(), out.size(), 0);
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

void serve(int socket, Card& card) {
  ByteArray<2> length{};
  while (read_all(socket, length)) {
    Bytes message(load_be(length));
    if (!read_all(socket, message)) return;
    Bytes answer;
    if (message.size() > 1) answer = card.transmit(message);
    if (message.size() == 1 && message[0] == 4) answer = atr;
    if (message.size() == 1 && message[0] <= 2) card.reset();
    if (answer.empty()) continue;
    answer = word(static_cast<unsigned>(answer.size())) + answer;
    if (send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(answer.size()))
      return;
  }
}

Secret key_of(const std::string& at_file) {
  std::ifstream file(at_file.substr(1));
  std::string digits;
  file >> digits;
  return *Secret::from_hex(digits);
}

}  // namespace

// Without a reader it waits for one; a reader that goes takes the card's power with it.
int main(int argc, char** argv) {
  if (argc < 5) return 2;
  Card card(argv[2], key_of(argv[3]), key_of(argv[4]), argc > 5 ? std::stoull(argv[5]) : 0);
  sockaddr_in vpcd{};
  vpcd.sin_family = AF_INET;
  vpcd.sin_port = htons(static_cast<std::uint16_t>(std::stoi(argv[1])));
  vpcd.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (;;) {
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(made, reinterpret_cast<sockaddr*>(&vpcd), sizeof vpcd) == 0) {
      const int on = 1;
      (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      serve(made, card);
    }
    close(made);
    usleep(100'000);
  }
}
