// Commands on files: SELECT, STATUS, and what reads and writes EFs (TS 102 221 11.1.1 to 11.1.7).
#include <algorithm>

#include "usim/uicc.h"

namespace simbiont::usim {
namespace {

constexpr std::uint8_t first_record = 1;
enum RecordMode : std::uint8_t { next = 2, previous = 3, absolute = 4 };

std::uint8_t sfi_of(std::uint8_t octet) { return octet & 0x1fU; }

}  // namespace

std::optional<Uicc::Index> Uicc::find(const Command& command) const {
  const ByteView data = command.data;
  switch (command.p1) {
    case 0x00:
      if (data.empty()) return FileSystem::mf;
      if (data.size() != 2) return std::nullopt;
      return files_.visible(session_->directory, session_->application,
                            static_cast<std::uint16_t>(load_be(data)));
    case 0x03:
      return files_[session_->directory].parent;
    case 0x04:
      return files_.application(data);
    case 0x08:
      return files_.by_path(FileSystem::mf, session_->application, data);
    case 0x09:
      return files_.by_path(session_->directory, session_->application, data);
    default:
      return std::nullopt;
  }
}

Uicc::Answer Uicc::select(const Command& command) {
  const unsigned wanted = command.p2 & 0x0cU;  // 04: FCP, 0C: nothing; 00 as 04
  const bool p1_known =
      command.p1 == 0 || (!command.gsm && (command.p1 == 3 || command.p1 == 4 || command.p1 >= 8));
  if (!p1_known || command.p1 > 9 || wanted == 0x08) return sw::wrong_p1_p2;
  const auto found = find(command);
  if (!found) return sw::file_not_found;
  if (command.gsm && files_[*found].kind == Kind::application) return sw::file_not_found;
  Session& session = *session_;
  session.record = 0;
  if (!is_directory(files_[*found].kind)) {
    session.ef = *found;
    session.directory = files_[*found].parent;
  } else {
    session.ef.reset();
    session.directory = *found;
    if (files_[*found].kind == Kind::application) session.application = *found;
  }
  if (!command.gsm && wanted == 0x0c) return sw::success;
  Answer answer = describe(*found, command.gsm);
  answer.held = true;
  return answer;
}

Uicc::Answer Uicc::describe(Index file, bool gsm) const {
  return {gsm ? gsm_response(files_, file, data_.pin1) : fcp_template(files_, file, data_.pin1), false};
}

// 11.1.2: case 2, so an Le that is not the answer's length is corrected.
Uicc::Answer Uicc::status(const Command& command) {
  if (command.p1 > 2 || (command.p2 != 0x00 && command.p2 != 0x01 && command.p2 != 0x0c))
    return sw::wrong_p1_p2;
  if (command.p2 == 0x0c) return sw::success;
  Answer answer = describe(session_->directory, command.gsm);
  if (command.p2 == 0x01) {
    if (!session_->application) return sw::file_not_found;
    answer.data = Bytes{0x84, static_cast<std::uint8_t>(files_.aid().size())};
    answer.data.insert(answer.data.end(), files_.aid().begin(), files_.aid().end());
  }
  if (command.gsm && command.p3 != 0 && command.p3 < answer.data.size()) answer.data.resize(command.p3);
  if (command.p3 != answer.data.size()) return static_cast<StatusWord>(sw::exact_length | answer.data.size());
  return answer;
}

// Selects the EF that the SFI names (0: the current one), and says what stands against using it.
std::optional<StatusWord> Uicc::choose_ef(std::uint8_t sfi, Kind kind, bool update) {
  if (sfi != 0) {
    const auto found = files_.with_sfi(session_->directory, sfi);
    if (!found) return sw::file_not_found;
    if (session_->ef != *found) session_->record = 0;
    session_->ef = *found;
  }
  if (!session_->ef) return sw::no_ef;
  const File& file = files_[*session_->ef];
  if (file.kind != kind) return sw::wrong_structure;
  const Access access = update ? file.update : file.read;
  const bool granted =
      access == Access::always || (access == Access::pin1 && (pin_verified_ || !data_.pin1.enabled));
  return granted ? std::nullopt : std::optional(sw::access_denied);
}

std::optional<StatusWord> Uicc::choose_range(const Command& command, std::size_t& offset) {
  const bool by_sfi = (command.p1 & 0x80U) != 0;
  if (by_sfi && (command.gsm || (command.p1 & 0x60U) != 0 || sfi_of(command.p1) == 0)) return sw::wrong_p1_p2;
  offset = by_sfi ? command.p2 : static_cast<std::size_t>(command.p1 << 8 | command.p2);
  if (const auto refusal = choose_ef(by_sfi ? sfi_of(command.p1) : 0, Kind::transparent, command.ins == 0xd6))
    return refusal;
  return offset < files_.content(*session_->ef).size() ? std::nullopt : std::optional(sw::wrong_offset);
}

Uicc::Answer Uicc::read_binary(const Command& command) {
  std::size_t offset = 0;
  if (const auto refusal = choose_range(command, offset)) return *refusal;
  const Bytes& content = files_.content(*session_->ef);
  const std::size_t left = content.size() - offset, wanted = command.p3 == 0 ? 256 : command.p3;
  if (wanted > left) return static_cast<StatusWord>(sw::exact_length | left);
  const auto from = content.begin() + static_cast<std::ptrdiff_t>(offset);
  return {Bytes(from, from + static_cast<std::ptrdiff_t>(wanted)), false};
}

void Uicc::wrote(Index ef) {
  data_.written[files_.name(ef)] = files_.content(ef);
  changed_ = true;
}

Uicc::Answer Uicc::update_binary(const Command& command) {
  std::size_t offset = 0;
  if (const auto refusal = choose_range(command, offset)) return *refusal;
  Bytes& content = files_.content(*session_->ef);
  if (command.data.empty() || command.data.size() > content.size() - offset) return sw::wrong_length;
  std::copy(command.data.begin(), command.data.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
  wrote(*session_->ef);
  return sw::success;
}

// record: from 1. The record pointer moves only with next and previous (TS 102 221 8.2.2.2).
std::optional<StatusWord> Uicc::choose_record(const Command& command, std::size_t& record) {
  const auto sfi = static_cast<std::uint8_t>(command.p2 >> 3);
  if (command.gsm && sfi != 0) return sw::wrong_p1_p2;
  if (const auto refusal = choose_ef(sfi, Kind::linear, command.ins == 0xdc)) return refusal;
  const std::size_t count = files_.records(*session_->ef), pointer = session_->record;
  switch (command.p2 & 0x07U) {
    case next:
      record = pointer + 1;
      break;
    case previous:
      record = pointer == 0 ? count : pointer - 1;
      break;
    case absolute:
      record = command.p1 == 0 ? pointer : command.p1;
      break;
    default:
      return sw::wrong_p1_p2;
  }
  if (record < first_record || record > count) return sw::record_not_found;
  if ((command.p2 & 0x07U) != absolute) session_->record = record;
  return std::nullopt;
}

Uicc::Answer Uicc::read_record(const Command& command) {
  std::size_t record = 0;
  if (const auto refusal = choose_record(command, record)) return *refusal;
  const std::size_t size = files_[*session_->ef].record_size;
  if (command.p3 != size) return static_cast<StatusWord>(sw::exact_length | size);
  const auto from = files_.content(*session_->ef).begin() + static_cast<std::ptrdiff_t>((record - 1) * size);
  return {Bytes(from, from + static_cast<std::ptrdiff_t>(size)), false};
}

Uicc::Answer Uicc::update_record(const Command& command) {
  std::size_t record = 0;
  const std::size_t pointer = session_->record;
  if (const auto refusal = choose_record(command, record)) return *refusal;
  const std::size_t size = files_[*session_->ef].record_size;
  if (command.data.size() != size) {
    session_->record = pointer;
    return sw::wrong_length;
  }
  std::copy(command.data.begin(), command.data.end(),
            files_.content(*session_->ef).begin() + static_cast<std::ptrdiff_t>((record - 1) * size));
  wrote(*session_->ef);
  return sw::success;
}

// 11.1.7, the simple search: forward (04) or backward (05) from record P1; the numbers of those that match.
Uicc::Answer Uicc::search_record(const Command& command) {
  const unsigned mode = command.p2 & 0x07U;
  if (mode != 4 && mode != 5) return sw::wrong_p1_p2;
  if (const auto refusal = choose_ef(static_cast<std::uint8_t>(command.p2 >> 3), Kind::linear, false))
    return *refusal;
  const Bytes& content = files_.content(*session_->ef);
  const std::size_t size = files_[*session_->ef].record_size, count = files_.records(*session_->ef);
  if (command.data.empty() || command.data.size() > size) return sw::wrong_length;
  const std::size_t first = command.p1 == 0 ? std::max<std::size_t>(session_->record, 1) : command.p1;
  if (first > count) return sw::record_not_found;
  Bytes numbers;
  for (std::size_t i = first; i >= 1 && i <= count; i += mode == 4 ? std::size_t{1} : ~std::size_t{0}) {
    const auto from = content.begin() + static_cast<std::ptrdiff_t>((i - 1) * size);
    if (std::search(from, from + static_cast<std::ptrdiff_t>(size), command.data.begin(),
                    command.data.end()) != from + static_cast<std::ptrdiff_t>(size))
      numbers.push_back(static_cast<std::uint8_t>(i));
  }
  if (numbers.empty()) return sw::record_not_found;
  session_->record = numbers.front();
  return {std::move(numbers), true};
}

}  // namespace simbiont::usim
