#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <iostream>

#include "base/csv.h"
#include "cli/chunk_reader.h"
#include "cli/interrupt.h"
#include "cli/job_commands.h"
#include "cli/output.h"
#include "cli/progress_bar.h"

namespace simbiont::cli {
namespace {

constexpr int poll_ms = 100;

std::string path_of(const std::string& id, const char* what) { return "/v1/jobs/" + id + what; }

std::uint64_t number(const Json& object, const char* field) {
  const auto it = object.find(field);
  return it != object.end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : 0;
}

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Up to the start: nothing has happened yet, so a failure leaves nothing.
Result<Json> upload(Session& session, const JobOptions& options) {
  auto reader = ChunkReader::open(options.file);
  if (!reader) return reader.error();
  const std::string name = options.name.empty() ? base_name(options.file) : options.name;
  const auto begun = session.call(
      "POST", "/v1/jobs", Json{{"name", name}, {"dry_run", options.dry_run}, {"again", options.again}});
  if (!begun) return begun.error();
  const std::string id = cell((*begun)["id"]);
  ProgressBar bar("uploading");
  while (true) {
    const auto chunk = reader->next();
    if (!chunk) return chunk.error();
    if ((*chunk)->empty()) break;
    if (const auto taken = session.call_raw(path_of(id, "/rows"), **chunk); !taken) return taken.error();
    bar.draw(reader->position(), reader->size());
    if (!interrupted()) continue;
    (void)session.call("POST", path_of(id, "/cancel"), Json::object());
    return error(Errc::refused, "interrupted: no row was run");
  }
  return session.call("POST", path_of(id, "/start"), Json::object());
}

// Until the job has ended; Ctrl-C leaves it to the HSS.
Result<Json> wait_for(Session& session, Json job) {
  const std::string id = cell(job["id"]);
  ProgressBar bar("running  ");
  while (job["state"] == "running") {
    bar.draw(number(job, "rows") - number(job, "waiting"), number(job, "rows"));
    if (interrupted()) return job;
    (void)poll(nullptr, 0, poll_ms);
    auto now = session.call("GET", path_of(id, ""));
    if (!now) {
      session.set_incomplete();
      return error(now.error().code,
                   now.error().message + "; job " + id + " goes on when the HSS runs again");
    }
    job = *std::move(now);
  }
  return job;
}

void print_refused(Session& session, const std::string& id) {
  constexpr int most = 20;
  int shown = 0;
  (void)session.pages(path_of(id, "/rows"), [&](const Json& items) {
    for (const Json& row : items) {
      if (row["result"] != "refused") continue;
      if (++shown > most) return false;
      std::cerr << "line " << cell(row["line"]) << ": " << cell(row["reason"]) << '\n';
    }
    return true;
  });
  if (shown > most) std::cerr << "and more: simbiont job result " << id << '\n';
}

// Exit 0 says that every row is done or was.
Status report(Session& session, const Json& job) {
  const std::string id = cell(job["id"]);
  if (session.json()) {
    print_object(std::cout, job, true);
  } else {
    std::cout << "job " << id << ' ' << cell(job["state"]) << ": " << cell(job["rows"]) << " rows, "
              << cell(job["done"]) << " done, " << cell(job["unchanged"]) << " unchanged, "
              << cell(job["refused"]) << " refused"
              << (job["dry_run"] == true ? " (dry run: nothing was changed)" : "") << '\n';
  }
  if (number(job, "repeats") != 0)
    std::cerr << "rows that job " << cell(job["repeats"])
              << " did were not done again; --again does them anew\n";
  if (number(job, "refused") != 0) print_refused(session, id);
  if (job["state"] == "finished" && number(job, "refused") == 0) return {};
  session.set_incomplete();
  if (job["state"] == "finished") return error(Errc::refused, cell(job["refused"]) + " rows were refused");
  if (job["state"] == "running")
    return error(Errc::unavailable, "job " + id + " goes on: simbiont job show " + id);
  return error(Errc::refused, "job " + id + " is " + cell(job["state"]) +
                                  (cell(job["reason"]) == "-" ? "" : ": " + cell(job["reason"])));
}

std::string quoted(const Json& value) {
  const std::string text = value.is_null()     ? ""
                           : value.is_string() ? value.get<std::string>()
                                               : admin::dump(value);
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

Status write_result(Session& session, const std::string& id, std::ostream& out) {
  bool header = false;
  Status read = session.pages(path_of(id, "/rows"), [&](const Json& items) {
    for (const Json& row : items) {
      std::string names, values;
      for (const auto& [field, value] : row.items()) {
        names += (names.empty() ? "" : ",") + field;
        values += (values.empty() ? "" : ",") + quoted(value);
      }
      if (!header) out << names << '\n';
      header = true;
      out << values << '\n';
    }
    return out.good();
  });
  out.flush();
  if (read.ok() && !out) return error(Errc::io, "cannot write the result");
  return read;
}

}  // namespace

Status job_run(Session& session, const JobOptions& options) {
  watch_interrupt();
  auto started = upload(session, options);
  if (!started) return started.error();
  if ((*started)["resumed"] == true)
    std::cerr << "this file is job " << cell((*started)["id"]) << " already, which goes on\n";
  if (options.detach) {
    print_object(std::cout, *started, session.json());
    return {};
  }
  const auto ended = wait_for(session, *std::move(started));
  return ended ? report(session, *ended) : Status(ended.error());
}

Status job_list(Session& session) {
  Listing listing(
      std::cout,
      {{"id", 4}, {"state", 11}, {"rows"}, {"done"}, {"unchanged"}, {"refused"}, {"created", 20}, {"name"}},
      session.json());
  Status read = session.pages("/v1/jobs", [&](const Json& items) {
    listing.add(items);
    return true;
  });
  if (read.ok()) listing.end();
  return read;
}

Status job_show(Session& session, const std::string& id) {
  const auto job = session.call("GET", path_of(id, ""));
  if (!job) return job.error();
  print_object(std::cout, *job, session.json());
  return {};
}

Status job_result(Session& session, const std::string& id, const std::string& file) {
  if (file.empty() && session.json()) {
    Listing listing(std::cout, {}, true);
    Status read = session.pages(path_of(id, "/rows"), [&](const Json& items) {
      listing.add(items);
      return true;
    });
    if (read.ok()) listing.end();
    return read;
  }
  if (file.empty()) return write_result(session, id, std::cout);
  if (const auto job = session.call("GET", path_of(id, "")); !job) return job.error();
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) return error(Errc::io, "cannot write " + file);
  return write_result(session, id, out);
}

Status job_resume(Session& session, const std::string& id) {
  watch_interrupt();
  auto job = session.call("POST", path_of(id, "/resume"), Json::object());
  if (!job) return job.error();
  const auto ended = wait_for(session, *std::move(job));
  return ended ? report(session, *ended) : Status(ended.error());
}

Status job_cancel(Session& session, const std::string& id) {
  const auto job = session.call("POST", path_of(id, "/cancel"), Json::object());
  if (!job) return job.error();
  print_object(std::cout, *job, session.json());
  return {};
}

}  // namespace simbiont::cli
