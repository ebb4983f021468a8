#include "me/daemon/imsi.h"

#include <algorithm>

namespace simbiont::me {
namespace {

constexpr std::uint8_t usim_aid[] = {0xa0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02};
constexpr std::uint16_t master_file = 0x3f00, adf = 0x7fff, ef_imsi = 0x6f07, ef_dir = 0x2f00;
constexpr std::uint8_t select = 0xa4, read_binary = 0xb0, sfi_imsi = 7, sim_class = 0xa0;
constexpr unsigned max_applications = 10;
constexpr std::size_t imsi_size = 9;

// Wrong Le: once more with the right one. What is held for GET RESPONSE stays there.
Result<Bytes> send(Card& card, Bytes command) {
  Result<Bytes> response = card.transmit(command);
  if (!response || status_word(*response) >> 8 != 0x6c) return response;
  command.back() = static_cast<std::uint8_t>(status_word(*response));
  return card.transmit(command);
}

Status select_file(Card& card, Bytes command) {
  const Result<Bytes> response = send(card, std::move(command));
  if (!response) return response.error();
  return is_success(status_word(*response)) ? Status{} : error(Errc::not_found, "the card has no such file");
}

Status select_id(Card& card, std::uint8_t cla, std::uint16_t id) {
  const std::uint8_t p2 = cla == sim_class ? 0 : 0x0c;  // no answer wanted
  return select_file(
      card, {cla, select, 0, p2, 2, static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)});
}

Status select_aid(Card& card, ByteView aid) {
  Bytes command{0, select, 4, 0x0c, static_cast<std::uint8_t>(aid.size())};
  command.insert(command.end(), aid.begin(), aid.end());
  return select_file(card, std::move(command));
}

bool is_usim(ByteView aid) {
  return aid.size() >= sizeof usim_aid && std::equal(std::begin(usim_aid), std::end(usim_aid), aid.begin());
}

// An application template, TS 102 221 13.1: 61 L 4F L AID ...
ByteView aid_of(ByteView record) {
  if (record.size() < 4 || record[0] != 0x61 || record[2] != 0x4f) return {};
  return record.size() - 4 < record[3] ? ByteView{} : record.subspan(4, record[3]);
}

// By the leading octets of its AID; a card that wants all of them has them in EF.DIR.
Status select_usim(Card& card) {
  Status partly = select_aid(card, usim_aid);
  if (partly || partly.error().code != Errc::not_found) return partly;
  if (Status there = select_id(card, 0, master_file); !there) return there;
  if (Status there = select_id(card, 0, ef_dir); !there) return there;
  for (unsigned record = 1; record <= max_applications; ++record) {
    const Result<Bytes> response = send(card, {0, 0xb2, static_cast<std::uint8_t>(record), 4, 0});
    if (!response) return response.error();
    if (status_word(*response) != 0x9000) break;
    const ByteView aid = aid_of(ByteView(*response).first(response->size() - 2));
    if (is_usim(aid)) return select_aid(card, aid);
  }
  return error(Errc::not_found, "the card has no USIM");
}

Status select_sim(Card& card) {
  if (Status there = select_id(card, sim_class, master_file); !there) return there;
  return select_id(card, sim_class, 0x7f20);  // DF.GSM
}

Result<std::string> read_content(Card& card, std::uint8_t cla) {
  if (Status there = select_id(card, cla, ef_imsi); !there) return there.error();
  const Result<Bytes> response = send(card, {cla, read_binary, 0, 0, imsi_size});
  if (!response) return response.error();
  const std::uint16_t word = status_word(*response);
  if (word == 0x6982 || word == 0x9804)
    return error(Errc::refused, "the card shows its IMSI after its PIN only");
  if (word != 0x9000) return error(Errc::not_found, "the card does not show its IMSI");
  auto imsi = decode_imsi(ByteView(*response).first(response->size() - 2));
  if (!imsi) return error(Errc::corrupt, "the card's EF.IMSI holds no IMSI");
  return *std::move(imsi);
}

// Channel of a class octet without secure messaging (TS 102 221 10.1.1); 20: none.
unsigned channel_of(std::uint8_t cla) {
  if (cla <= 3) return cla;
  if (cla == sim_class) return 0;
  return (cla & 0xf0U) == 0x40 ? 4 + (cla & 0x0fU) : 20;
}

}  // namespace

std::optional<std::string> decode_imsi(ByteView content) {
  if (content.empty() || content[0] < 4 || content[0] > 8 || content.size() < content[0] + 1U) return {};
  const ByteView octets = content.subspan(1, content[0]);
  if ((octets[0] & 7U) != 1) return {};  // the type of identity: IMSI
  std::string digits;
  for (std::size_t nibble = 1; nibble < 2 * octets.size(); ++nibble) {
    const unsigned value = octets[nibble / 2] >> (nibble % 2 * 4) & 0x0fU;
    if (value == 0x0f && nibble + 1 == 2 * octets.size()) break;
    if (value > 9) return {};
    digits.push_back(static_cast<char>('0' + value));
  }
  return digits.size() < 6 ? std::nullopt : std::optional(digits);
}

Result<std::string> read_imsi(Card& card) {
  const Status usim = select_usim(card);
  if (usim) return read_content(card, 0);
  if (usim.error().code != Errc::not_found) return usim.error();
  if (const Status sim = select_sim(card); !sim) return sim.error();
  return read_content(card, sim_class);
}

void ImsiWatch::on_select(Channel& channel, ByteView command) {
  const std::uint8_t p1 = command[2];
  const std::size_t size = command.size() > 5 ? command[4] : 0;
  if (command.size() < 5 + size) return;
  const ByteView data = command.subspan(5, size);
  channel.at_imsi = false;
  if (p1 == 4) {
    channel.in_usim = is_usim(data);
    channel.in_other = !channel.in_usim;
    return;
  }
  if (size < 2) return;
  const auto first = static_cast<std::uint16_t>(load_be(data.first(2)));
  const auto last = static_cast<std::uint16_t>(load_be(data.last(2)));
  if (first >> 8 == 0x7f || first == master_file) {
    // 7FFF is the application that was selected last; any other directory is none's.
    if (first != adf) channel.in_other = false;
    channel.in_usim = first == adf && !channel.in_other;
  }
  if (last >> 8 == 0x5f) channel.in_usim = false;  // a directory of the application has files of its own
  channel.at_imsi = last == ef_imsi && !channel.in_other;
}

std::optional<std::string> ImsiWatch::on_exchange(ByteView command, ByteView response) {
  if (command.size() < 5 || response.size() < 2 || !is_success(status_word(response))) return {};
  const unsigned number = channel_of(command[0]);
  if (number >= channels_.size()) return {};
  Channel& channel = channels_[number];
  if (command[1] == select) on_select(channel, command);
  if (command[1] != read_binary) return {};
  if ((command[2] & 0x80U) != 0)
    channel.at_imsi = channel.in_usim && command[0] != sim_class && (command[2] & 0x1fU) == sfi_imsi;
  const bool from_start = command[3] == 0 && ((command[2] & 0x80U) != 0 || command[2] == 0);
  if (!channel.at_imsi || !from_start) return {};
  return decode_imsi(response.first(response.size() - 2));
}

}  // namespace simbiont::me
