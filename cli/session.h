// One run of the tool: the flags that every command shares, the way to the API, and what is printed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/channel.h"
#include "admin/json.h"

namespace simbiont::cli {

using admin::Json;
using Query = std::map<std::string, std::string>;

struct Globals {
  std::string db, config;
  bool json = false;
};

class Session {
 public:
  explicit Session(const Globals& globals) : globals_(globals) {}

  bool json() const { return globals_.json; }
  Result<admin::StoreFiles> files() const { return admin::store_files(globals_.config, globals_.db); }

  // Opens the channel at the first call.
  Result<Json> call(std::string_view method, std::string path, Json body = nullptr, Query query = {});
  Result<Json> call_raw(std::string path, const std::string& body);
  // A command that fails has changed nothing, unless it says so here.
  void set_incomplete() { incomplete_ = true; }
  bool incomplete() const { return incomplete_; }
  // Nothing is done yet: another custodian must agree.
  bool waits() const { return waits_; }

  // Whether an HSS runs on the store; opens the channel.
  Result<bool> remote();

  // Every item of a paged listing, page by page.
  using PageSink = std::function<bool(const Json& items)>;  // false: enough
  Status pages(const std::string& path, const PageSink& sink, std::string after = "", Query query = {});

 private:
  Status open();
  Result<Json> send(admin::Request request);

  const Globals globals_;
  std::unique_ptr<admin::Channel> channel_;
  bool incomplete_ = false, waits_ = false;
};

}  // namespace simbiont::cli
