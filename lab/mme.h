// An MME's or SGSN's side of S6a or S6d over one TCP connection: requests are pipelined and matched by
// Hop-by-Hop Identifier; what the HSS asks (CLR, IDR, DSR, RSR) is answered and kept. One thread an Mme; as
// many Mmes as one likes.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/result.h"
#include "diameter/peer.h"
#include "diameter/s6a.h"
#include "lab/attach.h"
#include "lab/pcap.h"
#include "lab/socket.h"

namespace simbiont::lab {

struct MmeConfig {
  diameter::Identity self{"mme1.lab.example", "lab.example"};
  std::string destination_realm;  // empty: the realm of the peer
  std::string destination_host;   // empty: not sent
  Plmn visited_plmn;
  std::int64_t timeout_ms = 5'000;             // of connecting, of an answer, of DPA
  std::shared_ptr<const net::TlsContext> tls;  // none: plain TCP
  bool answers_clr = true;                     // false: a node that takes CLRs and never answers
};

// What an AIR asks; resync: RAND || AUTS (30 octets) or empty.
struct AirQuestion {
  std::string_view imsi;
  std::uint32_t vectors = 1;
  ByteView resync;
};
struct UlrQuestion {
  std::string_view imsi;
  std::string_view imei;  // empty: no Terminal-Information
  std::string_view software_version;
  std::uint32_t flags = diameter::ulr_flag::s6a | diameter::ulr_flag::initial_attach;
  std::uint32_t rat_type = 1004;      // E-UTRAN
  std::string_view sgsn_number = {};  // digits
  std::optional<diameter::Features> features = {};
};

// A CLR that came.
struct Cancelled {
  std::string imsi;
  std::uint32_t type = 0;
  std::uint32_t flags = 0;
};

class Mme final : public HomeNetwork, private diameter::PeerEvents {
 public:
  static constexpr std::size_t max_in_flight = 65'536;

  using Ticket = std::uint32_t;  // the request's Hop-by-Hop Identifier
  struct Answer {
    Ticket ticket = 0;
    Bytes frame;  // a whole message, for decode_aia and so on
  };

  // Returns once CER and CEA are exchanged.
  static Result<std::unique_ptr<Mme>> connect(const HostPort& where, MmeConfig config,
                                              std::shared_ptr<PcapFile> pcap = nullptr);
  Mme(const Mme&) = delete;
  Mme& operator=(const Mme&) = delete;
  // Closes without DPR, as a node does that dies.
  ~Mme() override;

  // Queue a request; it leaves with the next flush, poll or wait. refused: max_in_flight are unanswered, or
  // not open.
  Result<Ticket> send_air(const AirQuestion& question);
  Result<Ticket> send_ulr(const UlrQuestion& question);
  // Any request made by the caller with ids().
  Result<Ticket> send_frame(ByteView request);
  diameter::Ids ids() { return peer_.next_ids(); }

  // Reads and writes once, waiting at most wait_ms for something to come. An Error: the connection is lost.
  Status poll(std::int64_t wait_ms);
  Status flush();
  // The answer of one request. unavailable: none in time; its answer, if it ever comes, counts as unexpected.
  Result<Answer> wait(Ticket ticket);
  // Whichever answer comes first.
  Result<Answer> wait_any(std::int64_t wait_ms);
  std::size_t in_flight() const { return outstanding_.size(); }

  // Blocking: one request, its answer decoded.
  Result<AuthenticationAnswer> air(const AirQuestion& question);
  Result<LocationAnswer> ulr(const UlrQuestion& question);
  // The whole ULA, without its routing.
  Result<diameter::Ula> update(const UlrQuestion& question);
  // Terminal-Information of a UE that it serves; and: it deleted the UE's context. PUA-Flags.
  Result<diameter::ResultCode> notify(std::string_view imsi, std::string_view imei,
                                      std::optional<std::uint32_t> flags = {});
  Result<diameter::Pua> purge(std::string_view imsi, std::optional<std::uint32_t> flags = {});
  // S13: what the HSS says of a device.
  struct Equipment {
    diameter::ResultCode code;
    std::optional<std::uint32_t> status;
  };
  Result<Equipment> check_equipment(std::string_view imei);
  Result<AuthenticationAnswer> authentication(std::string_view imsi, std::uint32_t vectors,
                                              ByteView resync) override {
    return air({imsi, vectors, resync});
  }
  Result<LocationAnswer> update_location(std::string_view imsi, std::string_view imei) override {
    return ulr({imsi, imei, {}});
  }

  // The CLRs taken so far; wait_clr polls until there are `count`.
  const std::vector<Cancelled>& cancelled() const { return cancelled_; }
  // Takes what the HSS asked since it was asked last, a line each: "CLR 001010000000001 type 0 flags 1".
  std::vector<std::string> take_requests();
  Status wait_clr(std::size_t count, std::int64_t wait_ms);
  // Answers that match no request; a correct peer sends none.
  std::size_t unexpected_answers() const { return unexpected_answers_; }

  // DPR, DPA, close.
  Status disconnect();
  const std::string& peer_host() const { return peer_.host(); }
  const MmeConfig& config() const { return config_; }

 private:
  Mme(TcpSocket socket, MmeConfig config, std::shared_ptr<PcapFile> pcap);

  diameter::ResultCode admit(std::string_view host, std::string_view, bool) override;
  void on_open() override {}
  void on_request(ByteView frame) override;
  void on_answer(ByteView frame) override;
  void on_close(std::string_view why) override { closed_why_ = why; }

  Status open();
  diameter::Routing routing(std::string_view session_id) const;
  std::string next_session_id();
  Status write_pending();
  Status read_arrived();
  Status connection_lost(std::string why);
  std::optional<Answer> take(Ticket ticket);
  Result<Answer> ask(ByteView request);

  MmeConfig config_;
  SystemClock clock_;
  diameter::PeerConfig peer_config_;
  TcpSocket socket_;
  std::optional<PcapFlow> flow_;
  diameter::Peer peer_;
  Bytes sending_;  // taken from the peer, not yet written
  std::size_t sent_ = 0;
  std::string closed_why_, lost_why_;
  std::uint32_t sessions_ = 0;
  std::unordered_map<Ticket, std::uint32_t> outstanding_;  // to End-to-End Identifier
  std::deque<Answer> answers_;                             // come, not yet asked for
  std::vector<Cancelled> cancelled_;
  std::vector<std::string> requests_;
  std::size_t unexpected_answers_ = 0;
};

}  // namespace simbiont::lab
