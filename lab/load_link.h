// One connection of the load generator to the HSS. Requests and answers pass without allocation; CER, DWR,
// CLR and DPR are spoken as an MME must.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "diameter/base_messages.h"
#include "lab/load.h"
#include "lab/load_template.h"

namespace simbiont::lab {

enum class LoadKind : std::uint8_t { air, ulr };

struct LoadPending {
  std::uint64_t index = 0;   // of the IMSI
  std::uint64_t due_ns = 0;  // when it was sent; open loop: when it should have been
  std::uint64_t sent_ns = 0;
  diameter::Ids ids;
  LoadKind kind = LoadKind::air;
  bool in_flight = false;
};

class LoadAnswers {
 public:
  virtual ~LoadAnswers() = default;
  virtual void on_read() = 0;  // once a read, before its answers
  virtual void on_answer(const LoadPending& request, ByteView frame) = 0;
};

class LoadLink {
 public:
  // Octets that receive() works in.
  static constexpr std::size_t scratch_size = 4 * diameter::max_message_size;

  // Connects and exchanges CER and CEA; number counts from 1.
  static Result<std::unique_ptr<LoadLink>> open(const LoadPlan& plan, unsigned number);

  bool may_request() const {
    return open_ && !free_.empty() && end_ + largest_request_ + control_reserve <= out_.size();
  }
  // Queues one request; only when may_request().
  void request(LoadKind kind, std::uint64_t index, std::uint64_t due_ns, std::uint64_t now_ns);
  // Writes what is queued, once. An Error: the connection is lost.
  Status flush();
  bool has_output() const { return end_ != 0; }
  bool blocked = false;  // its owner waits for room to write
  // Reads once and hands out the answers.
  Status receive(std::span<std::uint8_t> scratch, LoadAnswers& answers);
  // Our ACK leaves at once: a peer with Nagle's algorithm on waits for it (for 40 ms when nothing of ours
  // goes).
  void acknowledge_now();

  bool is_open() const { return open_; }
  void lose() { open_ = false; }
  std::size_t in_flight() const { return slots_.size() - free_.size(); }
  const std::vector<LoadPending>& slots() const { return slots_; }
  int descriptor() const { return socket_.descriptor(); }
  const std::string& peer_host() const { return peer_host_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t bytes_received() const { return bytes_received_; }
  std::uint64_t unexpected() const { return unexpected_; }
  std::uint64_t cancelled() const { return cancelled_; }

  // DPR; waits a moment for DPA, then closes.
  void close();

 private:
  static constexpr std::size_t control_reserve = 16'384;  // room kept for answers to the peer's requests
  static constexpr std::size_t max_queued = 4096;         // requests

  LoadLink(TcpSocket socket, const LoadPlan& plan, unsigned number);
  Status exchange_capabilities(const LoadPlan& plan);
  void prepare(const LoadPlan& plan);
  Status take(ByteView frame, LoadAnswers& answers);
  Status take_answer(const diameter::Header& header, ByteView frame, LoadAnswers& answers);
  Status take_request(const diameter::Header& header, ByteView frame);
  Status queue(ByteView message);
  diameter::Announcement us() const { return {self_, addresses_, applications_, 0}; }

  TcpSocket socket_;
  diameter::Identity self_;
  std::vector<Bytes> addresses_;
  std::vector<std::uint32_t> applications_{diameter::app_s6a};
  std::string peer_host_, peer_realm_;
  bool open_ = false, goodbye_said_ = false;
  std::uint64_t first_imsi_ = 0;
  std::vector<LoadTemplate> templates_;  // by LoadKind
  std::size_t largest_request_ = 0;
  std::vector<LoadPending> slots_;
  std::vector<std::uint32_t> free_;  // slots
  std::uint32_t next_id_ = 0;
  Bytes out_;  // its first end_ octets are to be written
  std::size_t end_ = 0;
  Bytes kept_;  // the start of a message whose rest has not come
  std::uint64_t bytes_sent_ = 0, bytes_received_ = 0, unexpected_ = 0, cancelled_ = 0;
};

}  // namespace simbiont::lab
