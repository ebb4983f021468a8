// The life cycle of K_MEs in SQLite: what SqliteReads and SqliteChanges have for it.
#include "store/check.h"
#include "store/sqlite_changes.h"
#include "store/sqlite_reads.h"
#include "store/sqlite_rows.h"

namespace simbiont::store {
namespace {

std::int64_t start(const std::optional<Imei>& after) {
  return after ? static_cast<std::int64_t>(after->key()) : -1;
}
std::int64_t start(const std::optional<Imsi>& after) {
  return after ? column_of(*after) : std::numeric_limits<std::int64_t>::min();
}

Result<DeviceEpoch> take_device_epoch(Query& row) {
  DeviceEpoch out;
  out.epoch = row.integer_as<binding::EpochNumber>();
  out.first = row.integer() != 0;
  out.proved_at = row.integer();
  out.proved_active = row.integer() != 0;
  out.refused = row.integer_as<std::uint64_t>();
  const UnixMs expires_at = row.integer();
  const ByteView octets = row.octets();
  if (octets.empty()) return out;
  Challenge challenge{{}, expires_at};
  if (octets.size() != challenge.octets.size()) return error(Errc::corrupt, "a challenge of the wrong size");
  std::copy(octets.begin(), octets.end(), challenge.octets.begin());
  out.challenge = challenge;
  return out;
}

void bind_cutting(Query& query, const std::optional<std::uint64_t>& cutting) {
  if (cutting) {
    query.bind(*cutting);
  } else {
    query.bind_null();
  }
}

Result<Imsi> take_imsi(Query& row) { return imsi_of(row.integer()); }

template <class T, class Text>
std::string joined(const std::vector<T>& values, const Text& text_of) {
  std::string text;
  for (const T& value : values) text += (text.empty() ? "" : " ") + text_of(value);
  return text;
}

template <class Add>
void each_word(std::string_view text, const Add& add) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    add(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

Result<Receipt> take_receipt(Query& row) {
  const std::int64_t id = row.integer();
  Receipt out{id, Imei::from_key(row.integer_as<std::uint64_t>()), 0, {}, {}, {}};
  out.at = row.integer();
  out.kme = row.text();
  bool sound = true;
  each_word(row.text(), [&](std::string_view word) {
    sound = sound && all_digits(word) && word.size() < 19;
    if (sound) out.epochs.push_back(std::stoull(std::string(word)));
  });
  each_word(row.text(), [&](std::string_view word) {
    const auto imsi = Imsi::parse(word);
    sound = sound && imsi.ok();
    if (imsi) out.imsis.push_back(*imsi);
  });
  if (!sound) return error(Errc::corrupt, "receipt " + std::to_string(id) + " cannot be read");
  return out;
}

}  // namespace

Result<std::vector<DeviceEpoch>> SqliteReads::device_epochs(const Imei& imei) {
  Query query(connection_, Sql::device_epochs);
  return all<DeviceEpoch>(query.bind(imei), take_device_epoch);
}

Result<std::vector<Device>> SqliteReads::devices_of(std::string_view kme, std::optional<Imei> after,
                                                    std::size_t limit) {
  Query query(connection_, Sql::devices_of);
  return all<Device>(query.bind(kme).bind(start(after)).bind(rows(limit)), take_device);
}

Result<std::vector<Imsi>> SqliteReads::imsis_of(const Imei& imei, std::optional<Imsi> after,
                                                std::size_t limit) {
  Query query(connection_, Sql::imsis_of);
  return all<Imsi>(query.bind(imei).bind(start(after)).bind(rows(limit)), take_imsi);
}

Result<std::vector<EpochUser>> SqliteReads::epoch_users(std::string_view kme, binding::EpochNumber below,
                                                        std::size_t limit) {
  Query query(connection_, Sql::epoch_users);
  query.bind(kme).bind(below).bind(rows(limit));
  return all<EpochUser>(query, [](Query& row) -> Result<EpochUser> {
    const Imsi imsi = imsi_of(row.integer());
    const Imei imei = Imei::from_key(row.integer_as<std::uint64_t>());
    return EpochUser{imsi, imei, row.integer_as<binding::EpochNumber>()};
  });
}

Result<std::vector<Device>> SqliteReads::laggards(std::string_view kme, binding::EpochNumber epoch,
                                                  std::optional<Imei> after, std::size_t limit) {
  Query query(connection_, Sql::laggards);
  return all<Device>(query.bind(kme).bind(epoch).bind(start(after)).bind(rows(limit)), take_device);
}

Result<EpochProgress> SqliteReads::epoch_progress(std::string_view kme, binding::EpochNumber epoch) {
  Query query(connection_, Sql::epoch_progress);
  auto row = query.bind(kme).bind(epoch).next();
  if (!row) return row.error();
  const auto count = [&] { return query.integer_as<std::uint64_t>(); };
  return EpochProgress{count(), count(), count(), count()};
}

Result<std::vector<Imsi>> SqliteReads::former_users(std::string_view kme, binding::EpochNumber epoch,
                                                    std::size_t limit) {
  Query query(connection_, Sql::former_users);
  return all<Imsi>(query.bind(kme).bind(epoch).bind(rows(limit)), take_imsi);
}

Result<std::vector<EpochAtWork>> SqliteReads::epochs_at_work(std::string_view after_kme,
                                                             binding::EpochNumber after_epoch,
                                                             std::size_t limit) {
  Query query(connection_, Sql::epochs_at_work);
  query.bind(after_kme).bind(after_epoch).bind(rows(limit));
  return all<EpochAtWork>(query, [](Query& row) -> Result<EpochAtWork> {
    EpochAtWork out{std::string(row.text()), {}, false};
    out.epoch.number = row.integer_as<binding::EpochNumber>();
    const auto state = binding::epoch_state(row.text());
    if (!state) return error(Errc::corrupt, "KME " + out.kme + ": unknown state");
    out.epoch.state = *state;
    take_times(row, out.epoch);
    out.has_key = row.integer() != 0;
    return out;
  });
}

Result<std::vector<Receipt>> SqliteReads::receipts(std::int64_t after_id, std::size_t limit) {
  Query query(connection_, Sql::receipts);
  return all<Receipt>(query.bind(after_id).bind(rows(limit)), take_receipt);
}

Status SqliteChanges::put_epoch(Sql id, const std::string& kme, const binding::Epoch& epoch) {
  Bytes sealed;
  if (!epoch.key.empty()) {
    auto result = sealer_.seal(epoch.key, epoch_context(kme, epoch.number));
    if (!result) return result.error();
    sealed = std::move(*result);
  }
  Query query(connection_, id);
  query.bind(kme).bind(epoch.number).bind(binding::name(epoch.state));
  if (sealed.empty()) {
    query.bind_null();
  } else {
    query.bind(ByteView(sealed));
  }
  query.bind(epoch.since);
  bind_cutting(query, epoch.cutting);
  if (!epoch.token) return query.bind_null().run();
  Bytes token(epoch.token->kcv.begin(), epoch.token->kcv.end());
  token.insert(token.end(), epoch.token->id.begin(), epoch.token->id.end());
  return query.bind(ByteView(token)).run();
}

// A device that leaves its KME for another one (or for none) may come back to it.
Status SqliteChanges::know_first_epoch(const Imei& imei, std::string_view new_kme) {
  return Query(connection_, Sql::know_first_epoch).bind(imei).bind(new_kme).run();
}

Status SqliteChanges::operator()(const PutEpoch& c) {
  const Status put = put_epoch(Sql::put_epoch, c.kme, c.epoch);
  if (!put && put.error().code == Errc::not_found) return no_kme(c.kme);
  return put;
}

Status SqliteChanges::operator()(const SetCutting& c) {
  Query query(connection_, Sql::set_cutting);
  query.bind(c.kme).bind(c.epoch);
  bind_cutting(query, c.cutting);
  if (auto status = query.run(); !status) return status;
  return connection_.changed_rows() == 0 ? Status(no_kme(c.kme)) : Status();
}

Status SqliteChanges::operator()(const SetChallenge& c) {
  Query query(connection_, Sql::set_challenge);
  query.bind(c.imei)
      .bind(c.kme)
      .bind(c.epoch)
      .bind(ByteView(c.challenge.octets))
      .bind(c.challenge.expires_at);
  if (auto status = query.run(); !status) return status;
  return connection_.changed_rows() == 0 ? Status(no_device(c.imei)) : Status();
}

Status SqliteChanges::operator()(const ConfirmEpoch& c) {
  Query query(connection_, Sql::confirm_epoch);
  query.bind(c.imei).bind(c.kme).bind(c.epoch).bind(c.at).bind(c.active);
  if (auto status = query.run(); !status) return status;
  return connection_.changed_rows() == 0 ? Status(no_device(c.imei)) : Status();
}

Status SqliteChanges::operator()(const RefuseProof& c) {
  Query query(connection_, Sql::refuse_proof);
  if (auto status = query.bind(c.imei).bind(c.kme).bind(c.epoch).run(); !status) return status;
  return connection_.changed_rows() == 0 ? Status(no_device(c.imei)) : Status();
}

Status SqliteChanges::operator()(const AddReceipt& c) {
  const std::string epochs =
      joined(c.receipt.epochs, [](binding::EpochNumber epoch) { return std::to_string(epoch); });
  const std::string imsis = joined(c.receipt.imsis, [](const Imsi& imsi) { return imsi.str(); });
  Query query(connection_, Sql::insert_receipt);
  return query.bind(c.receipt.imei).bind(c.receipt.at).bind(c.receipt.kme).bind(epochs).bind(imsis).run();
}

}  // namespace simbiont::store
