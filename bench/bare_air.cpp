#include "bench/bare_air.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <fstream>

#include "diameter/message.h"

namespace simbiont::bench {
namespace {

constexpr std::uint32_t air = 318;
constexpr unsigned ind = 3;

std::uint32_t load_u32(const std::uint8_t* at) { return static_cast<std::uint32_t>(load_be({at, 4})); }

std::uint8_t* append(std::uint8_t* out, ByteView octets) {
  std::memcpy(out, octets.data(), octets.size());
  return out + octets.size();
}

// Where an AVP's data stands in `octets`, groups entered.
std::size_t find_data(ByteView octets, std::uint32_t code, std::size_t base = 0) {
  diameter::AvpReader avps(octets);
  while (const auto avp = avps.next()) {
    const std::size_t at = base + static_cast<std::size_t>(avp->data.data() - octets.data());
    if (avp->code == code) return at;
    if (avp->code != diameter::avp::authentication_info.code &&
        avp->code != diameter::avp::e_utran_vector.code)
      continue;
    if (const std::size_t inside = find_data(avp->data, code, at); inside != 0) return inside;
  }
  return 0;
}

std::uint64_t to_number(ByteView digits) {
  std::uint64_t value = 0;
  for (const std::uint8_t digit : digits) value = value * 10 + (digit - '0');
  return value;
}

// Rows behind the header, split at commas: 3 fields, no quotes.
template <class Use>
void each_row(const std::string& path, const Use& use) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::size_t first = line.find(','), second = line.find(',', first + 1);
    if (second == std::string::npos) std::abort();
    const std::string_view text(line);
    use(std::array{text.substr(0, first), text.substr(first + 1, second - first - 1),
                   text.substr(second + 1)});
  }
}

}  // namespace

BareData BareData::read(const std::string& directory) {
  BareData data;
  each_row(directory + "/kmes.csv",
           [&](const auto& fields) { data.kmes.push_back(*Secret::from_hex(fields[2])); });
  each_row(directory + "/subscribers.csv", [&](const auto& fields) {
    BareSubscriber subscriber;
    subscriber.imsi = to_number(as_bytes(fields[0]));
    subscriber.next_seq = 1;
    if (!from_hex(fields[1], subscriber.k) || !from_hex(fields[2], subscriber.opc)) std::abort();
    subscriber.kme = static_cast<std::uint32_t>(data.subscribers.size() % data.kmes.size());
    data.subscribers.push_back(subscriber);
  });
  return data;
}

BareTable::BareTable(std::size_t count)
    : shift_(64 - static_cast<unsigned>(std::bit_width(2 * count - 1))),
      size_(std::size_t{1} << (64 - shift_)) {
  void* memory = mmap(nullptr, size_ * sizeof(BareSubscriber), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  (void)madvise(memory, size_ * sizeof(BareSubscriber), MADV_HUGEPAGE);
  slots_ = static_cast<BareSubscriber*>(memory);
}

void BareTable::add(const BareSubscriber& subscriber) {
  std::size_t at = home(subscriber.imsi);
  while (slots_[at].imsi != 0) at = (at + 1) & (size_ - 1);
  slots_[at] = subscriber;
}

BareTable::~BareTable() { (void)munmap(slots_, size_ * sizeof(BareSubscriber)); }

BareSubscriber* BareTable::find(std::uint64_t imsi) {
  std::size_t at = home(imsi);
  while (slots_[at].imsi != imsi) {
    if (slots_[at].imsi == 0) return nullptr;
    at = (at + 1) & (size_ - 1);
  }
  return slots_ + at;
}

BareAuc::BareAuc(const BareData& data, diameter::Identity self, bool echo)
    : self_(std::move(self)), echo_(echo), table_(data.subscribers.size()) {
  for (const Secret& key : data.kmes) kmes_.emplace_back(key);
  for (const BareSubscriber& subscriber : data.subscribers) table_.add(subscriber);
  make_templates();
  orders_.reserve(batch + max_vectors);
  made_.resize(batch + max_vectors);
  rands_.resize(batch + max_vectors);
  wire_.resize(batch + max_vectors);
  keys_.reserve(batch + max_vectors);
}

void BareAuc::make_templates() {
  Bytes request, empty, full;
  diameter::encode_air({}, {}, request);
  diameter::Aia aia;
  diameter::encode_aia(request, self_, aia, empty);
  aia.vectors.resize(1);
  diameter::encode_aia(request, self_, aia, full);
  constexpr std::ptrdiff_t session_header = 8;  // of the empty Session-Id in this request
  common_.assign(empty.begin() + diameter::header_size + session_header, empty.end());
  const auto group_at = full.begin() + static_cast<std::ptrdiff_t>(empty.size());
  constexpr std::ptrdiff_t group_header = 12;
  group_.assign(group_at, group_at + group_header);
  vector_.assign(group_at + group_header, full.end());
  item_at_ = find_data(vector_, diameter::avp::item_number.code);
  rand_at_ = find_data(vector_, diameter::avp::rand.code);
  xres_at_ = find_data(vector_, diameter::avp::xres.code);
  autn_at_ = find_data(vector_, diameter::avp::autn.code);
  kasme_at_ = find_data(vector_, diameter::avp::kasme.code);
}

bool BareAuc::parse(ByteView frame, Question& question) {
  question = {};
  question.frame = frame;
  if (load_u32(frame.data() + 4) % (1U << 24) != air) return false;
  ByteView rest = frame.subspan(diameter::header_size);
  while (rest.size() >= 8) {
    const std::uint32_t code = load_u32(rest.data()), flags_and_length = load_u32(rest.data() + 4);
    const std::size_t length = flags_and_length & 0xffffffU, head = flags_and_length >> 31 != 0 ? 12 : 8;
    const std::size_t padded = (length + 3) & ~std::size_t{3};
    if (length < head || padded > rest.size()) return false;
    const ByteView data = rest.subspan(head, length - head);
    if (code == diameter::avp::session_id.code) question.session = rest.first(padded);
    if (code == diameter::avp::user_name.code) question.imsi = to_number(data);
    if (code == diameter::avp::visited_plmn_id.code && data.size() == 3)
      std::copy(data.begin(), data.end(), question.plmn.octets.begin());
    // Number-Of-Requested-Vectors stands first in what the load generator sends.
    if (code == diameter::avp::requested_eutran_authentication_info.code && data.size() >= 16)
      question.vectors = std::clamp<std::size_t>(load_u32(data.data() + 12), 1, max_vectors);
    rest = rest.subspan(padded);
  }
  return question.imsi != 0;
}

std::size_t BareAuc::answer_size(const Question& question) const {
  const std::size_t vectors = echo_ ? 0 : group_.size() + question.vectors * vector_.size();
  return diameter::header_size + question.session.size() + common_.size() + vectors;
}

void BareAuc::answer(const std::vector<ByteView>& requests, Bytes& out, std::vector<BareLogEntry>& log) {
  std::array<Question, batch> questions;
  std::size_t count = 0, vectors = 0;
  for (const ByteView frame : requests) {
    Question& question = questions[count];
    if (!parse(frame, question)) continue;
    table_.prefetch(question.imsi);
    ++count;
    vectors += question.vectors;
    if (count < batch && vectors < batch) continue;
    make(std::span(questions).first(count), out, log);
    count = vectors = 0;
  }
  make(std::span(questions).first(count), out, log);
}

void BareAuc::make(std::span<Question> questions, Bytes& out, std::vector<BareLogEntry>& log) {
  orders_.clear();
  keys_.clear();
  std::size_t octets = 0;
  for (Question& question : questions) {
    BareSubscriber* subscriber = table_.find(question.imsi);
    if (subscriber == nullptr) question.vectors = 0;
    question.first = orders_.size();
    for (std::size_t i = 0; i < question.vectors; ++i) {
      orders_.push_back({subscriber->k.data(),
                         subscriber->opc.data(),
                         &rands_[orders_.size()],
                         aka::Sqn::make(subscriber->next_seq++, ind),
                         {0x80, 0},
                         question.plmn});
      keys_.push_back(&kmes_[subscriber->kme]);
    }
    if (subscriber != nullptr) log.push_back({question.imsi, subscriber->next_seq});
    octets += answer_size(question);
  }
  if (!echo_ && !orders_.empty()) {
    random_.fill({rands_.front().octets.data(), orders_.size() * sizeof(aka::PlainRand)});
    aka::make_eps_quantities(orders_, std::span(made_).first(orders_.size()));
    for (std::size_t i = 0; i < orders_.size(); ++i) wire_[i] = keys_[i]->encrypt(rands_[i].octets);
  }
  const std::size_t before = out.size();
  out.resize(before + octets);
  std::uint8_t* at = out.data() + before;
  for (const Question& question : questions) {
    if (question.vectors != 0) at = write(question, at);
  }
  out.resize(static_cast<std::size_t>(at - out.data()));
}

std::uint8_t* BareAuc::write(const Question& question, std::uint8_t* out) const {
  std::uint8_t* const start = out;
  out = append(out, question.frame.first(diameter::header_size));
  store_be(1U << 24 | answer_size(question), std::span(start, 4));
  start[4] &= 0x7f;  // an answer
  out = append(append(out, question.session), common_);
  if (echo_) return out;
  std::uint8_t* const group = out;
  out = append(out, group_);
  store_be(group_.size() + question.vectors * vector_.size(), std::span(group + 5, 3));
  for (std::size_t i = 0; i < question.vectors; ++i) {
    const aka::EpsQuantities& made = made_[question.first + i];
    std::uint8_t* const vector = out;
    out = append(out, vector_);
    vector[item_at_ + 3] = static_cast<std::uint8_t>(i + 1);
    append(vector + rand_at_, wire_[question.first + i]);
    append(vector + xres_at_, made.xres);
    append(vector + autn_at_, made.autn);
    append(vector + kasme_at_, made.kasme);
  }
  return out;
}

}  // namespace simbiont::bench
