#include "admin/foreign.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "admin/json.h"

namespace simbiont::admin {
namespace {

// Quoted throughout; a control character is kept out, so a record is a line.
void append_field(std::string& csv, std::string_view value) {
  csv.push_back('"');
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20) continue;
    if (c == '"') csv.push_back('"');
    csv.push_back(c);
  }
  csv.push_back('"');
}

bool has_control(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

Status check_file(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return error(Errc::not_found, "cannot read " + path);
  if (!S_ISREG(about.st_mode)) return error(Errc::invalid_argument, path + " is not a regular file");
  if (static_cast<std::uint64_t>(about.st_size) > max_foreign_file)
    return error(Errc::invalid_argument, path + " is larger than a gibibyte: split it");
  return {};
}

// Up to a line end, which is dropped. false: the file is at its end.
bool next_line(std::istream& in, std::string& line, bool& too_long) {
  line.clear();
  too_long = false;
  int c = in.get();
  if (c == std::char_traits<char>::eof()) return false;
  for (; c != std::char_traits<char>::eof() && c != '\n'; c = in.get()) {
    if (line.size() < max_foreign_line)
      line.push_back(static_cast<char>(c));
    else
      too_long = true;
  }
  return true;
}

Status read_open5gs(const std::string& path, Foreign& out) {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  line.reserve(max_foreign_line);
  bool too_long = false;
  std::uint64_t number = 0;
  while (next_line(file, line, too_long)) {
    ++number;
    if (too_long) {
      out.complain(number, "the line is longer than " + std::to_string(max_foreign_line) + " octets");
    } else if (line.find_first_not_of(" \t\r") != std::string::npos) {
      if (number == 1 && line.starts_with('['))
        return error(Errc::invalid_argument, path + " is one JSON array: mongoexport without --jsonArray");
      read_open5gs_line(number, line, out);
    }
    erase(line);
    if (out.places.size() + out.bad.size() > max_foreign_rows)
      return error(Errc::invalid_argument, path + " has too many subscribers: split it");
  }
  if (!file.eof()) return error(Errc::io, "cannot read " + path);
  return {};
}

}  // namespace

Foreign::Foreign() : csv("imsi,k,op,opc,amf,alg,sqn,msisdn,apn\n") {}

Foreign::~Foreign() { erase(csv); }

void Foreign::add(std::uint64_t place, const SubscriberText& text) {
  const std::array<std::string_view, 9> fields{text.imsi, text.k,   text.op,     text.opc, text.amf,
                                               text.alg,  text.sqn, text.msisdn, text.apn};
  std::size_t size = 0;
  for (const std::string_view field : fields) {
    size += field.size();
    if (has_control(field)) return complain(place, "a value holds a control character");
  }
  if (size > max_foreign_line / 4) return complain(place, "the record is too long");
  if (csv.capacity() - csv.size() <
      max_foreign_line) {  // grown here, so that no copy of the keys stays behind
    std::string larger;
    larger.reserve(csv.capacity() * 2 + 2 * max_foreign_line);
    larger = csv;
    erase(csv);
    csv = std::move(larger);
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) csv.push_back(',');
    append_field(csv, fields[i]);
  }
  csv.push_back('\n');
  places.push_back(place);
}

void Foreign::leave(std::string_view imsi, std::string_view field, std::string_view reason) {
  // A name from the file is shortened: nothing of a file is repeated that may be a key.
  left.push_back({std::string(imsi.substr(0, 16)), std::string(field.substr(0, 31)), std::string(reason)});
}

void Foreign::complain(std::uint64_t place, std::string reason) { bad.push_back({place, std::move(reason)}); }

Result<Foreign> read_foreign(ForeignFormat format, const std::string& path) {
  if (auto there = check_file(path); !there) return there.error();
  Foreign out;
  Status read;
  switch (format) {
    case ForeignFormat::open5gs:
      read = read_open5gs(path, out);
      break;
    case ForeignFormat::osmohlr:
      read = read_osmohlr(path, out);
      break;
    case ForeignFormat::pyhss:
      read = read_pyhss(path, out);
      break;
  }
  if (!read) return read.error();
  return out;
}

}  // namespace simbiont::admin
