// simbiont job: bulk operations from a CSV file.
#pragma once

#include <string>

#include "cli/session.h"

namespace simbiont::cli {

struct JobOptions {
  std::string file, name;  // name: empty for the file's
  bool dry_run = false, again = false, detach = false;
};
Status job_run(Session& session, const JobOptions& options);
Status job_list(Session& session);
Status job_show(Session& session, const std::string& id);
Status job_result(Session& session, const std::string& id, const std::string& file);  // empty: stdout
Status job_resume(Session& session, const std::string& id);
Status job_cancel(Session& session, const std::string& id);

}  // namespace simbiont::cli
