#include "cli/output.h"

#include <algorithm>
#include <iostream>

namespace simbiont::cli {
namespace {

const Json& field(const Json& object, std::string_view name) {
  static const Json none;
  const auto it = object.find(std::string(name));
  return it == object.end() ? none : *it;
}

void pad(std::ostream& out, const std::string& text, std::size_t width) {
  out << text;
  for (std::size_t i = text.size(); i < width; ++i) out << ' ';
}

}  // namespace

std::string cell(const Json& value) {
  std::string text;
  if (value.is_string()) {
    text = value.get<std::string>();
  } else if (value.is_boolean()) {
    text = value.get<bool>() ? "yes" : "no";
  } else if (value.is_array()) {
    for (const Json& item : value) text += (text.empty() ? "" : ";") + cell(item);
  } else if (!value.is_null()) {
    text = admin::dump(value);
  }
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.empty() ? "-" : text;
}

Listing::Listing(std::ostream& out, std::vector<Column> columns, bool json)
    : out_(out), columns_(std::move(columns)), json_(json) {}

void Listing::add(const Json& items) {
  if (!json_) return add_text(items);
  for (const Json& item : items) {
    out_ << (any_ ? ",\n" : "[\n") << admin::dump(item);
    any_ = true;
  }
}

void Listing::add_text(const Json& items) {
  if (items.empty()) return;
  for (Column& column : columns_) {
    column.width = std::max(column.width, column.field.size());
    for (const Json& item : items)
      column.width = std::max(column.width, cell(field(item, column.field)).size());
  }
  const auto line = [&](const auto& text_of) {
    for (std::size_t i = 0; i + 1 < columns_.size(); ++i) {
      pad(out_, text_of(columns_[i]), columns_[i].width);
      out_ << "  ";
    }
    out_ << text_of(columns_.back()) << '\n';
  };
  if (!any_) line([](const Column& column) { return std::string(column.field); });
  any_ = true;
  for (const Json& item : items) {
    line([&](const Column& column) { return cell(field(item, column.field)); });
  }
}

void Listing::end() {
  if (json_) out_ << (any_ ? "\n]\n" : "[]\n");
}

void tell_clrs(const Json& answer, std::string_view why) {
  for (const Json& host : field(answer, "clr_to")) std::cerr << cell(host) << ' ' << why << '\n';
}

void tell_updates(const Json& answer) {
  const auto tell = [&](const char* name, const char* why) {
    for (const Json& host : field(answer, name)) std::cerr << cell(host) << ' ' << why << '\n';
  };
  tell("idr_to", "serves it: an IDR goes to it");
  tell("dsr_to", "serves it: a DSR goes to it");
  tell("later", "serves it and cannot withdraw an MSISDN: it forgets it with the next update of location");
  tell("rsr_to", "holds registrations: an RSR goes to it");
}

void print_object(std::ostream& out, const Json& object, bool json) {
  if (json) {
    out << admin::dump(object) << '\n';
    return;
  }
  std::size_t width = 0;
  for (const auto& [name, value] : object.items()) width = std::max(width, name.size());
  for (const auto& [name, value] : object.items()) {
    pad(out, name, width);
    out << "  " << cell(value) << '\n';
  }
}

}  // namespace simbiont::cli
