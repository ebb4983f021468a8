#include "lab/load_keys.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/csv.h"
#include "base/digits.h"
#include "lab/load_sample.h"
#include "usim/milenage.h"

namespace simbiont::lab {
namespace {

constexpr std::array<csv::Column, 9> subscriber_columns{
    {{"imsi", true}, {"k", true}, {"op"}, {"opc"}, {"amf"}, {"alg"}, {"sqn"}, {"msisdn"}, {"apn"}}};
constexpr std::array<csv::Column, 3> kme_columns{{{"id", true}, {"algorithm"}, {"key", true}}};
constexpr std::array<csv::Column, 2> device_columns{{{"imei", true}, {"kme", true}}};
constexpr std::array<csv::Column, 3> binding_columns{{{"imsi", true}, {"imei", true}, {"mode"}}};

using Get = std::function<std::string_view(std::size_t column)>;
using Use = std::function<Status(const Get& get)>;

class CsvFile {
 public:
  CsvFile(std::string path, std::span<const csv::Column> columns)
      : path_(std::move(path)), columns_(columns) {}

  // Reads piece by piece: an operator's file has millions of rows.
  Status each_row(const Use& use) {
    std::ifstream file(path_, std::ios::binary);
    if (!file) return error(Errc::not_found, path_ + ": cannot be read");
    std::string text;
    Status status;
    bool start = true;
    while (status && file) {
      const std::size_t kept = text.size();
      text.resize(kept + piece);
      file.read(text.data() + kept, piece);
      text.resize(kept + static_cast<std::size_t>(file.gcount()));
      const std::size_t whole = file ? csv::complete_prefix(text, start) : text.size();
      if (file && whole == 0 && text.size() > csv::max_record) status = at(line_, "a line without end");
      if (status) status = parse(std::string_view(text).substr(0, whole), use);
      start = start && whole == 0;
      zeroise({reinterpret_cast<std::uint8_t*>(text.data()), whole});
      text.erase(0, whole);
    }
    if (status && !header_) return at(1, "no header row");
    return status;
  }

 private:
  static constexpr std::streamsize piece = 1 << 20;

  Error at(std::uint64_t line, const std::string& why) const {
    return error(Errc::invalid_argument, path_ + ":" + std::to_string(line) + ": " + why);
  }

  Status parse(std::string_view text, const Use& use) {
    csv::Parser parser(text, line_);
    csv::Record record;
    for (auto item = parser.next(record); item != csv::Parser::Item::end; item = parser.next(record)) {
      if (item == csv::Parser::Item::malformed) return at(record.line, parser.problem());
      if (!header_) {
        auto header = csv::Header::parse(record, columns_);
        if (!header) return at(record.line, header.error().message);
        header_ = std::move(*header);
        continue;
      }
      if (record.fields.size() != header_->width())
        return at(record.line, "as many fields as the header are wanted");
      const Status used = use([&](std::size_t column) { return header_->get(record, column); });
      if (!used) return at(record.line, used.error().message);
    }
    line_ = parser.line();
    return {};
  }

  std::string path_;
  std::span<const csv::Column> columns_;
  std::optional<csv::Header> header_;
  std::uint64_t line_ = 1;
};

class Reader {
 public:
  explicit Reader(const LoadRange& range) : range_(range), first_(std::stoull(range.first_imsi)) {}

  Status read_cards(const std::string& path) {
    return CsvFile(path, subscriber_columns).each_row([this](const Get& get) -> Status {
      const auto index = sampled(get(0));
      if (!index) return {};
      const auto k = key(get(1), 16);
      if (!k) return k.error();
      const bool has_opc = !get(3).empty();
      auto op = key(has_opc ? get(3) : get(2), 16);
      if (!op) return op.error();
      LoadCard card;
      card.k = *k;
      card.opc = has_opc ? *op : usim::Milenage::opc(*k, *op);
      cards.emplace(*index, std::move(card));
      return {};
    });
  }

  Status read_kmes(const std::string& path) {
    return CsvFile(path, kme_columns).each_row([this](const Get& get) -> Status {
      const auto algorithm = scheme(get(1).empty() ? "aes128" : get(1));
      if (!algorithm) return error(Errc::invalid_argument, "unknown algorithm");
      auto secret = key(get(2), key_size(*algorithm));
      if (!secret) return secret.error();
      kmes_[std::string(get(0))] = {std::string(get(0)), *algorithm, std::move(*secret)};
      return {};
    });
  }

  Status read_devices(const std::string& path) {
    return CsvFile(path, device_columns).each_row([this](const Get& get) -> Status {
      const auto imei = Imei::parse(get(0));
      if (!imei) return imei.error();
      const auto kme = kmes_.find(get(1));
      if (kme == kmes_.end()) return error(Errc::not_found, "its K_ME is in no file");
      devices_[imei->key()] = &kme->second;
      return {};
    });
  }

  Status read_bindings(const std::string& path) {
    return CsvFile(path, binding_columns).each_row([this](const Get& get) -> Status {
      const auto index = sampled(get(0));
      const auto card = index ? cards.find(*index) : cards.end();
      const bool enforced = get(2).empty() || get(2) == "enforce";
      if (card == cards.end() || !enforced) return {};
      const auto imei = Imei::parse(get(1));
      if (!imei) return imei.error();
      const auto device = devices_.find(imei->key());
      if (device == devices_.end()) return error(Errc::not_found, "its device is in no file");
      auto& slots = card->second.slots;
      const auto same = [&](const KeySlot& slot) { return slot.id == device->second->id; };
      if (std::none_of(slots.begin(), slots.end(), same)) slots.push_back(*device->second);
      card->second.bound = true;
      return {};
    });
  }

  LoadCards cards;

 private:
  static Result<Secret> key(std::string_view text, std::size_t octets) {
    auto secret = Secret::from_hex(text);
    if (!secret || secret->size() != octets)
      return error(Errc::invalid_argument,
                   "a key of " + std::to_string(2 * octets) + " hexadecimal digits is wanted");
    return secret;
  }

  std::optional<std::uint64_t> sampled(std::string_view imsi) const {
    if (imsi.size() != range_.first_imsi.size() || !all_digits(imsi)) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : imsi) number = number * 10 + static_cast<std::uint64_t>(c - '0');
    if (number < first_ || number - first_ >= range_.count ||
        !is_sampled(number - first_, range_.sample_mask))
      return std::nullopt;
    return number - first_;
  }

  const LoadRange& range_;
  std::uint64_t first_;
  std::map<std::string, KeySlot, std::less<>> kmes_;
  std::unordered_map<std::uint64_t, const KeySlot*> devices_;  // by IMEI
};

}  // namespace

Result<LoadCards> read_load_keys(const LoadKeyFiles& files, const LoadRange& range) {
  Reader reader(range);
  Status status = reader.read_cards(files.subscribers);
  if (status && !files.kmes.empty()) status = reader.read_kmes(files.kmes);
  if (status && !files.devices.empty()) status = reader.read_devices(files.devices);
  if (status && !files.bindings.empty()) status = reader.read_bindings(files.bindings);
  if (!status) return status.error();
  return std::move(reader.cards);
}

}  // namespace simbiont::lab
