#include "me/daemon/pcsc_reader.h"

#include <winscard.h>

#include <array>

#include "base/secret.h"

namespace simbiont::me {
namespace {

constexpr DWORD any_protocol = SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1;
constexpr std::size_t max_response = 65538;

Error pcsc_error(const std::string& what, LONG code) {
  return error(Errc::unavailable, what + ": " + pcsc_stringify_error(code));
}

}  // namespace

Result<std::string> choose_reader(const std::vector<std::string>& readers, const std::string& wanted) {
  std::vector<std::string> fitting;
  for (const std::string& reader : readers) {
    if (reader == wanted) return reader;
    if (reader.find(wanted) != std::string::npos) fitting.push_back(reader);
  }
  if (fitting.empty()) return error(Errc::not_found, "no reader of that name: " + wanted);
  if (fitting.size() > 1) {
    std::string all;
    for (const std::string& reader : fitting) all += (all.empty() ? "" : ", ") + reader;
    return error(Errc::refused, "more than one reader fits, name one: " + all);
  }
  return fitting.front();
}

Result<std::vector<std::string>> PcscReader::list() {
  DWORD size = SCARD_AUTOALLOCATE;
  char* names = nullptr;
  const LONG code = SCardListReaders(context_, nullptr, reinterpret_cast<char*>(&names), &size);
  std::vector<std::string> out;
  if (code == SCARD_E_NO_READERS_AVAILABLE) return out;
  if (code != SCARD_S_SUCCESS) return pcsc_error("pcscd names no readers", code);
  for (const char* at = names; *at != 0; at += out.back().size() + 1) out.emplace_back(at);
  SCardFreeMemory(context_, names);
  return out;
}

Status PcscReader::open() {
  if (is_open()) return {};
  if (context_ == 0) {
    const LONG code = SCardEstablishContext(SCARD_SCOPE_SYSTEM, nullptr, nullptr, &context_);
    if (code != SCARD_S_SUCCESS) {
      context_ = 0;
      return pcsc_error("pcscd does not answer", code);
    }
  }
  Status connected = connect();
  if (!connected) shut();  // the session may be of a pcscd that is gone
  return connected;
}

Status PcscReader::connect() {
  const auto readers = list();
  if (!readers) return readers.error();
  auto name = choose_reader(*readers, wanted_);
  if (!name) return name.error();
  name_ = *std::move(name);
  const LONG code =
      SCardConnect(context_, name_.c_str(), SCARD_SHARE_EXCLUSIVE, any_protocol, &card_, &protocol_);
  if (code != SCARD_S_SUCCESS) {
    card_ = 0;
    return pcsc_error(name_, code);
  }
  return read_atr();
}

Status PcscReader::read_atr() {
  std::array<std::uint8_t, MAX_ATR_SIZE> atr{};
  DWORD size = atr.size(), name_size = 0, state = 0;
  const LONG code = SCardStatus(card_, nullptr, &name_size, &state, &protocol_, atr.data(), &size);
  if (code != SCARD_S_SUCCESS) return pcsc_error(name_, code);
  atr_.assign(atr.begin(), atr.begin() + static_cast<std::ptrdiff_t>(size));
  return {};
}

void PcscReader::close() {
  if (card_ != 0) (void)SCardDisconnect(card_, SCARD_RESET_CARD);
  card_ = 0;
}

void PcscReader::shut() {
  close();
  if (context_ != 0) (void)SCardReleaseContext(context_);
  context_ = 0;
}

bool PcscReader::is_present() {
  if (!is_open()) return false;
  SCARD_READERSTATE state{};
  state.szReader = name_.c_str();
  const LONG code = SCardGetStatusChange(context_, 0, &state, 1);
  if (code != SCARD_S_SUCCESS || (state.dwEventState & SCARD_STATE_PRESENT) == 0) return false;
  // A card that was taken out and put in between two looks: our connection is to the one before.
  DWORD name_size = 0, atr_size = 0, card_state = 0, protocol = 0;
  return SCardStatus(card_, nullptr, &name_size, &card_state, &protocol, nullptr, &atr_size) ==
         SCARD_S_SUCCESS;
}

Status PcscReader::reset() {
  const LONG code =
      SCardReconnect(card_, SCARD_SHARE_EXCLUSIVE, any_protocol, SCARD_UNPOWER_CARD, &protocol_);
  return code == SCARD_S_SUCCESS ? read_atr() : Status(pcsc_error(name_, code));
}

Result<Bytes> PcscReader::transmit(ByteView command) {
  if (!is_open()) return error(Errc::unavailable, "no card");
  const SCARD_IO_REQUEST* pci = protocol_ == SCARD_PROTOCOL_T1 ? SCARD_PCI_T1 : SCARD_PCI_T0;
  Bytes response(max_response);
  DWORD size = response.size();
  const LONG code =
      SCardTransmit(card_, pci, command.data(), command.size(), nullptr, response.data(), &size);
  if (code != SCARD_S_SUCCESS) return pcsc_error(name_, code);
  if (size < 2) return error(Errc::unavailable, name_ + ": an answer without a status word");
  response.resize(size);
  return response;
}

}  // namespace simbiont::me
