// The signed batches of the import desk: the file comes whole, its signature is verified, and then its rows
// go the way of every import.
#include <algorithm>
#include <iterator>
#include <utility>

#include "admin/imports.h"
#include "admin/supplier_batch.h"
#include "crypto/hmac.h"
#include "crypto/public_key.h"
#include "store/store.h"

namespace simbiont::admin {
namespace {

// Whole records, as many as one request is to check or write.
std::string_view next_slice(const SignedFile& file) {
  const std::string_view rest = std::string_view(file.text).substr(file.at, max_chunk);
  if (file.at + rest.size() == file.text.size()) return rest;
  const std::size_t whole = csv::complete_prefix(rest, file.at == 0);
  return whole == 0 ? rest : rest.substr(0, whole);
}

Result<store::Supplier> find_supplier(store::Store& store, const ImportDesk::SignedBatch& batch) {
  const auto found = store.supplier(batch.supplier);
  if (!found) return found.error();
  if (!*found) return error(Errc::not_found, "no supplier of this name");
  if ((*found)->verifying_key.empty() || (*found)->transport_key.empty())
    return error(Errc::refused, "this supplier hands over no keys: it was added without --key");
  if ((*found)->sims != batch.sims)
    return error(Errc::refused, (*found)->sims ? "this supplier hands over keys of SIMs, not of devices"
                                               : "this supplier hands over keys of devices, not of SIMs");
  return **found;
}

}  // namespace

Result<std::string> ImportDesk::begin_batch(hss::Live& live, const SignedBatch& batch, std::uint32_t uid) {
  const auto supplier = find_supplier(live.store(), batch);
  if (!supplier) return supplier.error();
  auto signature = crypto::parse_signature(batch.signature);
  if (!signature) return error(signature.error().code, "the signature file: " + signature.error().message);
  Session fresh;
  fresh.id = std::to_string(++last_id_);
  fresh.uid = uid;
  fresh.kind = "rows of supplier " + supplier->name;
  fresh.importer =
      batch.sims ? import_sim_batch(*supplier, batch.resume) : import_device_batch(*supplier, batch.resume);
  fresh.heard_at = live.now();
  SignedFile& file = fresh.file.emplace();
  file.supplier = supplier->name;
  file.verifying_key = supplier->verifying_key;
  file.signature = *std::move(signature);
  session_ = std::move(fresh);
  return session_->id;
}

Result<ImportDesk::Session*> ImportDesk::find_batch(hss::Live& live, std::string_view id) {
  auto found = find(live, id);
  if (found && !(*found)->file) return error(Errc::refused, "this import is no signed batch");
  return found;
}

Status ImportDesk::add(hss::Live& live, std::string_view id, std::string_view octets) {
  const auto found = find_batch(live, id);
  if (!found) return found.error();
  SignedFile& file = *(*found)->file;
  if (file.verified) return error(Errc::refused, "this batch is being checked: nothing is added to it");
  if (file.text.size() + octets.size() > max_batch)
    return error(Errc::refused,
                 "the file is larger than " + std::to_string(max_batch >> 20) + " MiB: split it");
  file.text.append(octets);
  return {};
}

Status ImportDesk::verify(Session& session) {
  SignedFile& file = *session.file;
  const Status genuine = crypto::verify_signature(file.verifying_key, as_bytes(file.text), file.signature);
  if (!genuine) return error(Errc::refused, genuine.error().message + ": nothing of the file was looked at");
  file.verified = true;
  file.digest = to_hex(crypto::sha256(as_bytes(file.text)));
  if (!is_json_lines(file.text)) return {};
  JsonLines lines = read_json_lines(file.text, session.importer->columns());
  file.text = std::move(lines.csv);
  session.next_line = 0;
  for (auto& bad : lines.bad) file.bad_lines.push_back({bad.line, std::move(bad.reason)});
  return {};
}

Result<ImportDesk::Step> ImportDesk::check_next(hss::Live& live, std::string_view id) {
  const auto found = find_batch(live, id);
  if (!found) return found.error();
  Session& session = **found;
  SignedFile& file = *session.file;
  if (file.checked) return error(Errc::refused, "this batch is checked to its end");
  if (!file.verified) {
    if (auto genuine = verify(session); !genuine) {
      (void)abort(live);
      return genuine.error();
    }
  }
  const std::string_view slice = next_slice(file);
  auto checked = check_rows(live, session, slice);
  if (!checked) return checked.error();
  session.rows += file.bad_lines.size();
  session.bad += file.bad_lines.size();
  file.at += slice.size();
  file.checked = file.at == file.text.size();
  std::vector<BadRow> bad = std::exchange(file.bad_lines, {});
  std::move(checked->bad.begin(), checked->bad.end(), std::back_inserter(bad));
  std::stable_sort(bad.begin(), bad.end(), [](const BadRow& a, const BadRow& b) { return a.line < b.line; });
  bad.resize(std::min(bad.size(), max_listed - file.listed));
  file.listed += bad.size();
  return Step{session.rows, session.bad, std::move(bad), file.checked};
}

Result<ImportDesk::Step> ImportDesk::write_next(hss::Live& live, std::string_view id) {
  const auto found = find_batch(live, id);
  if (!found) return found.error();
  Session& session = **found;
  SignedFile& file = *session.file;
  if (!file.checked) return error(Errc::refused, "this batch is not checked to its end");
  if (!session.writing) file.at = 0;
  const std::string_view slice = next_slice(file);
  const auto rows = write_chunk(live, session, slice);
  if (!rows) return rows.error();
  file.at += slice.size();
  return Step{*rows, 0, {}, file.at == file.text.size()};
}

}  // namespace simbiont::admin
