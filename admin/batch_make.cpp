#include "admin/batch_make.h"

#include <array>
#include <optional>

#include "admin/supplier_batch.h"
#include "binding/kme.h"
#include "crypto/key_wrap.h"
#include "crypto/public_key.h"

namespace simbiont::admin {
namespace {

// A column of plain text and what becomes of it: a key two columns, everything else itself.
struct PlainColumn {
  csv::Column column;
  std::string_view wrapped = {}, kcv = {};
};

constexpr std::array<PlainColumn, 5> device_plain{
    {{{"imei", true}}, {{"kme", true}}, {{"algorithm"}}, {{"epoch"}}, {{"key", true}, "wrapped_key", "kcv"}}};
constexpr std::array<PlainColumn, 8> sim_plain{{{{"imsi", true}},
                                                {{"alg"}},
                                                {{"amf"}},
                                                {{"k", true}, "wrapped_k", "k_kcv"},
                                                {{"opc"}, "wrapped_opc", "opc_kcv"},
                                                {{"sqn"}},
                                                {{"msisdn"}},
                                                {{"apn"}}}};

class Maker {
 public:
  Maker(const BatchOrder& order, crypto::KeyWrap wrap)
      : order_(order),
        wrap_(wrap),
        plain_(order.sims ? std::span<const PlainColumn>(sim_plain) : device_plain) {
    for (const PlainColumn& one : plain_) columns_.push_back(one.column);
  }

  Status run(MadeBatch& out) {
    csv::Parser parser(order_.plain);
    csv::Record record;
    std::optional<csv::Header> header;
    out.file = head();
    for (auto item = parser.next(record); item != csv::Parser::Item::end; item = parser.next(record)) {
      const bool sound = item == csv::Parser::Item::record;
      if (!header) {
        auto parsed = sound ? csv::Header::parse(record, columns_)
                            : Result<csv::Header>(error(Errc::invalid_argument, parser.problem()));
        if (!parsed) return parsed.error();
        header = *std::move(parsed);
        continue;
      }
      ++out.rows;
      if (!sound)
        out.bad.push_back({record.line, parser.problem()});
      else if (record.fields.size() != header->width())
        out.bad.push_back({record.line, "the row has another number of fields than the header"});
      else if (auto added = add({*header, record}, out.file); !added)
        out.bad.push_back({record.line, added.error().message});
    }
    return header ? Status() : Status(error(Errc::invalid_argument, "the header row is missing"));
  }

 private:
  std::string head() const {
    std::string line = "wrap";
    for (const PlainColumn& one : plain_) {
      line.append(",").append(one.wrapped.empty() ? one.column.name : one.wrapped);
      if (!one.wrapped.empty()) line.append(",").append(one.kcv);
    }
    return line + '\n';
  }

  Status add(const Row& row, std::string& file) const {
    std::string line(crypto::name(wrap_));
    for (std::size_t i = 0; i < plain_.size(); ++i) {
      line.push_back(',');
      const std::string_view value = row[i];
      if (plain_[i].wrapped.empty()) {
        if (value.find_first_of("\",\r\n") != std::string_view::npos)
          return error(Errc::invalid_argument,
                       std::string(plain_[i].column.name) + " holds a character that no batch has");
        line.append(value);
      } else if (value.empty() && !plain_[i].column.required) {
        line.push_back(',');
      } else if (auto added = add_key(plain_[i].column.name, value, line); !added) {
        return added;
      }
    }
    file.append(line).push_back('\n');
    return {};
  }

  Status add_key(std::string_view name, std::string_view value, std::string& line) const {
    const auto key = Secret::from_hex(value);
    if (!key || (key->size() != 16 && key->size() != 32))
      return error(Errc::invalid_argument, std::string(name) + " is not 32 or 64 hexadecimal digits");
    const auto wrapped = crypto::wrap_key(order_.transport_key, wrap_, *key);
    if (!wrapped) return wrapped.error();
    line.append(to_hex(*wrapped)).append(",").append(to_hex(binding::key_check_value(*key)));
    return {};
  }

  const BatchOrder& order_;
  const crypto::KeyWrap wrap_;
  const std::span<const PlainColumn> plain_;
  std::vector<csv::Column> columns_;
};

}  // namespace

Result<MadeBatch> make_batch(const BatchOrder& order) {
  const auto wrap = crypto::key_wrap(order.wrap);
  if (!wrap) return error(Errc::invalid_argument, "wrap is not aes-kw or aes-kwp");
  if (order.transport_key.size() != 32)
    return error(Errc::invalid_argument, "the transport key is not 32 octets");
  MadeBatch out;
  if (auto made = Maker(order, *wrap).run(out); !made) return made.error();
  if (out.bad.empty() && out.file.size() > max_batch)
    return error(Errc::refused,
                 "the batch would be larger than " + std::to_string(max_batch >> 20) + " MiB: split it");
  if (!out.bad.empty()) out.file.clear();
  if (!out.bad.empty()) return out;
  auto signature = crypto::sign(order.private_pem, as_bytes(out.file));
  if (!signature) return signature.error();
  out.signature = *std::move(signature);
  return out;
}

}  // namespace simbiont::admin
