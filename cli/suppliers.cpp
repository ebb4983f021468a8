#include "cli/suppliers.h"

#include <fstream>
#include <iostream>

#include "base/secret_input.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace simbiont::cli {
namespace {

constexpr std::size_t max_key_file = 16UL * 1024, max_signature_file = 512;

// The name of a public file may be repeated.
Result<std::string> read_small(const std::string& path, std::size_t limit) {
  std::ifstream file(path, std::ios::binary);
  std::string text(limit + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file && !file.eof()) return error(Errc::not_found, "cannot read " + path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > limit) return error(Errc::invalid_argument, path + " is too long");
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text.append(text.empty() ? "" : ",").append(part);
  return text;
}

Status add_public(Json& body, const char* field, const std::string& path) {
  if (path.empty()) return {};
  auto text = read_small(path, max_key_file);
  if (!text) return text.error();
  body[field] = *std::move(text);
  return {};
}

std::string count(const Json& answer, const char* field) { return cell(answer[field]); }

}  // namespace

Status supplier_add(Session& session, const SupplierOptions& options) {
  Json body{{"name", options.name}, {"kind", options.kind}, {"kme_prefix", options.kme_prefix}};
  if (!options.tacs.empty()) body["tac"] = joined(options.tacs);
  if (!options.imsis.empty()) body["imsi"] = joined(options.imsis);
  if (auto read = add_public(body, "key", options.key); !read) return read;
  if (auto read = add_public(body, "export_key", options.export_key); !read) return read;
  if (!options.transport_key.empty()) {
    auto key = read_hex(options.transport_key, false);
    if (!key) return error(key.error().code, "--transport-key: " + key.error().message);
    body["transport_key"] = *key;
    zeroise_text(*key);
  }
  const auto added = session.call("POST", "/v1/suppliers", std::move(body));
  if (!added) return added.error();
  if (!session.json()) std::cout << "added supplier " << cell((*added)["name"]) << '\n';
  print_object(std::cout, *added, session.json());
  return {};
}

Status supplier_show(Session& session, const std::string& name) {
  const auto shown = session.call("GET", "/v1/suppliers/" + name);
  if (!shown) return shown.error();
  print_object(std::cout, *shown, session.json());
  return {};
}

Status supplier_list(Session& session) {
  Listing listing(std::cout, {{"name", 12}, {"kind", 7}, {"key", 11}, {"export_key", 10}, {"kme_prefix"}},
                  session.json());
  Status done = session.pages("/v1/suppliers", [&](const Json& items) {
    listing.add(items);
    return std::cout.good();
  });
  if (done.ok()) listing.end();
  return done;
}

Status supplier_remove(Session& session, const std::string& name) {
  const auto removed = session.call("DELETE", "/v1/suppliers/" + name);
  if (!removed) return removed.error();
  if (session.json()) print_object(std::cout, *removed, true);
  if (!session.json()) std::cout << "removed supplier " << cell((*removed)["name"]) << '\n';
  return {};
}

namespace {

struct Batch {
  Session& session;
  const std::string path, at;  // of the file; of the batch in the API
  bool writing = false;

  Result<Json> step(const char* name) {
    if (interrupted()) return error(Errc::refused, "interrupted");
    return session.call_raw(at + name, {});
  }
};

Status send(Batch& batch) {
  std::ifstream file(batch.path, std::ios::binary);
  std::string chunk(admin::max_chunk, '\0');
  while (file) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    if (file.bad()) return error(Errc::io, "cannot read " + batch.path);
    if (file.gcount() == 0) break;
    const auto taken =
        batch.session.call_raw(batch.at + "/data", chunk.substr(0, static_cast<std::size_t>(file.gcount())));
    if (!taken) return taken.error();
    if (interrupted()) return error(Errc::refused, "interrupted");
  }
  return {};
}

// Everything that is wrong with the file, before anything of it is written.
Status check(Batch& batch) {
  std::uint64_t bad = 0, listed = 0;
  for (bool done = false; !done;) {
    const auto answer = batch.step("/check");
    if (!answer) return answer.error();
    for (const Json& row : (*answer)["listed"]) {
      std::cerr << batch.path << ':' << count(row, "line") << ": " << cell(row["reason"]) << '\n';
      ++listed;
    }
    bad = answer->value("bad", std::uint64_t{0});
    done = answer->value("done", false);
  }
  if (bad == 0) return {};
  if (listed < bad) std::cerr << batch.path << ": and " << bad - listed << " more\n";
  return error(Errc::refused,
               std::to_string(bad) + (bad == 1 ? " bad row" : " bad rows") + ": nothing was imported");
}

Result<Json> run(Batch& batch) {
  if (auto sent = send(batch); !sent) return sent.error();
  if (auto checked = check(batch); !checked) return checked.error();
  batch.writing = true;
  for (bool done = false; !done;) {
    const auto answer = batch.step("/write");
    if (!answer) return answer.error();
    done = answer->value("done", false);
  }
  return batch.session.call("POST", batch.at + "/finish");
}

// After a failure: exit 1 promises that nothing changed.
Error give_up(Batch& batch, const Error& cause) {
  const auto ended = batch.session.call("DELETE", batch.at);
  const bool said = cause.message.find("nothing was imported") != std::string::npos;
  if (ended.ok() || said || !batch.writing)
    return said ? cause : error(cause.code, cause.message + ": nothing was imported");
  batch.session.set_incomplete();
  return error(cause.code,
               cause.message + "; rows of " + batch.path +
                   " were written and may still stand: a running HSS takes them back, else the same "
                   "command with --resume finishes the import");
}

}  // namespace

Status import_batch(Session& session, const BatchOptions& options) {
  const auto signature = read_small(options.signature, max_signature_file);
  if (!signature) return signature.error();
  if (!std::ifstream(options.file, std::ios::binary))
    return error(Errc::not_found, "cannot read " + options.file);
  watch_interrupt();
  const auto begun = session.call("POST", "/v1/batches",
                                  Json{{"supplier", options.supplier},
                                       {"kind", options.kind},
                                       {"signature", to_hex(as_bytes(*signature))},
                                       {"resume", options.resume}});
  if (!begun) return begun.error();
  Batch batch{session, options.file, "/v1/batches/" + cell((*begun)["id"])};
  const auto finished = run(batch);
  if (!finished) return give_up(batch, finished.error());
  if (session.json()) print_object(std::cout, *finished, true);
  if (!session.json())
    std::cout << "imported " << cell((*finished)["imported"]) << ' ' << options.kind << " of supplier "
              << cell(options.supplier) << '\n';
  return {};
}

}  // namespace simbiont::cli
