// A UICC with a USIM, as a terminal meets it over T=0: commands of TS 102 221 and TS 31.102, and of TS 51.011
// for a 2G terminal (class A0). Commands with data and an answer say 61xx (9Fxx) and hold the answer for GET
// RESPONSE; a wrong Le is answered by 6Cxx.
#pragma once

#include <array>
#include <functional>
#include <optional>

#include "usim/card_data.h"
#include "usim/file_system.h"
#include "usim/status_word.h"

namespace simbiont::usim {

// Where a logical channel, or the 2G session, stands.
struct Session {
  FileSystem::Index directory = FileSystem::mf;
  std::optional<FileSystem::Index> ef, application;
  std::size_t record = 0;  // current one, from 1; 0: none
};

class Uicc {
 public:
  // Makes what it is given durable; called before an answer that depends on it leaves. On an error the answer
  // is 6581, and nothing of what the command found out leaves.
  using Keep = std::function<Status(const CardData&)>;

  Uicc(CardData data, Keep keep);

  // TS 102 221 6.3: T=0, and historical octets that name no maker.
  static ByteView atr();
  // Power on, or a warm reset.
  void reset();
  // One C-APDU, R-APDU with SW1 SW2 last.
  Bytes transmit(ByteView command);

  const CardData& data() const { return data_; }

 private:
  using Index = FileSystem::Index;
  static constexpr unsigned channels = 4;

  struct Command {
    std::uint8_t cla = 0, ins = 0, p1 = 0, p2 = 0, p3 = 0;
    ByteView data;     // P3 octets, where the instruction has data
    bool gsm = false;  // class A0
  };
  // A status word, and what goes out before it; held: through GET RESPONSE.
  struct Answer {
    StatusWord word = sw::success;
    Bytes data;
    bool held = false;
    Answer(StatusWord w) : word(w) {}
    Answer(Bytes d, bool h) : data(std::move(d)), held(h) {}
  };

  static std::optional<StatusWord> parse(ByteView octets, Command& command);
  Answer run(const Command& command);
  Answer file_command(const Command& command);
  Answer pin_command(const Command& command);
  Bytes finish(const Command& command, Answer answer);
  Answer get_response(const Command& command);
  Answer manage_channel(const Command& command);

  Answer select(const Command& command);
  std::optional<Index> find(const Command& command) const;
  Answer status(const Command& command);
  Answer read_binary(const Command& command);
  Answer update_binary(const Command& command);
  Answer read_record(const Command& command);
  Answer update_record(const Command& command);
  Answer search_record(const Command& command);
  std::optional<StatusWord> choose_ef(std::uint8_t sfi, Kind kind, bool update);
  std::optional<StatusWord> choose_record(const Command& command, std::size_t& record);
  std::optional<StatusWord> choose_range(const Command& command, std::size_t& offset);
  void wrote(Index ef);
  Answer describe(Index file, bool gsm) const;

  Answer verify(const Command& command);
  Answer change_pin(const Command& command);
  Answer enable_pin(const Command& command, bool enable);
  Answer unblock(const Command& command);
  StatusWord try_secret(const Secret& expected, ByteView given, std::uint8_t& tries, std::uint8_t max);

  Answer authenticate(const Command& command);
  Answer authenticate_3g(ByteView data);
  Answer authenticate_gsm(ByteView data);
  Answer authenticate_gba(ByteView data);
  Answer derive_naf_key(ByteView data);

  CardData data_;
  Keep keep_;
  FileSystem files_;
  std::array<std::optional<Session>, channels> sessions_;
  Session gsm_session_;
  Session* session_ = nullptr;  // of the command that runs
  Bytes held_;
  bool pin_verified_ = false;
  bool changed_ = false;
};

}  // namespace simbiont::usim
