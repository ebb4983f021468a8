#include "cli/session.h"

namespace simbiont::cli {
namespace {

Errc code_of(const admin::Response& response) {
  switch (response.status) {
    case 400:
      return Errc::invalid_argument;
    case 404:
      return Errc::not_found;
    case 403:
    case 409:
      return Errc::refused;
    case 503:
      return Errc::unavailable;
    default:
      return Errc::io;
  }
}

}  // namespace

Status Session::open() {
  if (channel_) return {};
  const auto where = files();
  if (!where) return where.error();
  auto channel = admin::open_channel(*where);
  if (!channel) return channel.error();
  channel_ = *std::move(channel);
  return {};
}

Result<bool> Session::remote() {
  if (auto opened = open(); !opened) return opened.error();
  return channel_->remote();
}

Result<Json> Session::send(admin::Request request) {
  if (auto opened = open(); !opened) return opened.error();
  const auto response = channel_->call(std::move(request));
  if (!response) return response.error();
  Json answer = Json::parse(response->body, nullptr, false);
  if (!answer.is_object()) return error(Errc::io, "the answer is not JSON");
  if (response->status == 200) return answer;
  if (response->status == 202 && answer.contains("approval")) {
    waits_ = true;
    const Json& approval = answer["approval"];
    return error(Errc::refused, "it waits for another custodian: `simbiont approve " +
                                    admin::dump(approval.value("id", Json(0))) + "` until " +
                                    approval.value("expires", std::string()));
  }
  const auto failure = answer.find("error");
  if (failure == answer.end() || !failure->is_object()) return error(Errc::io, "the answer names no error");
  const auto message = admin::text(*failure, "message");
  return error(code_of(*response), message ? *message : "the request was refused");
}

Result<Json> Session::call(std::string_view method, std::string path, Json body, Query query) {
  admin::Request request{std::string(method), std::move(path), std::move(query), {}};
  if (!body.is_null()) request.body = admin::dump(body);
  admin::erase(body);
  return send(std::move(request));
}

Result<Json> Session::call_raw(std::string path, const std::string& body) {
  return send({"POST", std::move(path), {}, body});
}

Status Session::pages(const std::string& path, const PageSink& sink, std::string after, Query query) {
  query["limit"] = "1000";
  while (true) {
    if (!after.empty()) query["after"] = after;
    const auto page = call("GET", path, nullptr, query);
    if (!page) return page.error();
    if (!page->contains("items")) return error(Errc::io, "the answer is not a listing");
    if (!sink((*page)["items"])) return {};
    const auto next = admin::text(*page, "next");
    if (!next) return next.error();
    if (next->empty()) return {};
    after = *next;
  }
}

}  // namespace simbiont::cli
