// What SELECT says of a file: FCP for a 3G terminal, the fixed response for a 2G one.
#include <algorithm>
#include <array>

#include "usim/file_system.h"

namespace simbiont::usim {
namespace {

using Index = FileSystem::Index;

void put(Bytes& out, std::uint8_t tag, ByteView value) {
  out.push_back(tag);
  out.push_back(static_cast<std::uint8_t>(value.size()));
  out.insert(out.end(), value.begin(), value.end());
}

ByteArray<2> word(std::size_t value) {
  ByteArray<2> out{};
  store_be(value, out);
  return out;
}

// 11.1.1.4.3. 21: the data coding octet.
Bytes descriptor(const FileSystem& files, Index file) {
  const File& f = files[file];
  if (is_directory(f.kind)) return {0x78, 0x21};
  if (f.kind == Kind::transparent) return {0x41, 0x21};
  return {0x42, 0x21, 0, f.record_size, static_cast<std::uint8_t>(files.records(file))};
}

// 11.1.1.4.7, referenced format: EF.ARR under the MF, and its record.
ByteArray<3> security_attributes(const File& file) {
  return {0x2f, 0x06,
          is_directory(file.kind) ? access_rule(Access::always, Access::adm)
                                  : access_rule(file.read, file.update)};
}

// 9.5.2: one PIN, application PIN 1.
Bytes pin_status(const Pin& pin1) {
  return {0x90, 1, static_cast<std::uint8_t>(pin1.enabled ? 0x80 : 0x00), 0x83, 1, 0x01};
}

void put_condition(Bytes& out, std::uint8_t modes, Access access) {
  put(out, 0x80, ByteArray<1>{modes});
  if (access == Access::always) return put(out, 0x90, {});
  const std::uint8_t reference = access == Access::pin1 ? 0x01 : 0x0a;
  put(out, 0xa4, ByteArray<6>{0x83, 1, reference, 0x95, 1, 0x08});
}

constexpr std::array<std::pair<Access, Access>, 4> rules{{{Access::always, Access::adm},
                                                          {Access::pin1, Access::adm},
                                                          {Access::pin1, Access::pin1},
                                                          {Access::always, Access::pin1}}};

// TS 51.011 9.3.
std::uint8_t gsm_condition(Access access) {
  return access == Access::always ? 0x0 : access == Access::pin1 ? 0x1 : 0x4;
}

std::uint8_t chv_status(std::uint8_t tries) { return static_cast<std::uint8_t>(0x80U | tries); }

Bytes gsm_directory(const FileSystem& files, Index file, const Pin& pin1) {
  Bytes out(22, 0);
  std::copy_n(word(files[file].id).begin(), 2, out.begin() + 4);
  out[6] = file == FileSystem::mf ? 0x01 : 0x02;
  out[12] = 9;
  out[13] = static_cast<std::uint8_t>(pin1.enabled ? 0x00 : 0x80);
  out[14] = static_cast<std::uint8_t>(files.count(file, true));
  out[15] = static_cast<std::uint8_t>(files.count(file, false));
  out[16] = 2;  // CHV1 and its unblocking
  out[18] = chv_status(pin1.tries);
  out[19] = chv_status(pin1.puk_tries);
  return out;
}

}  // namespace

std::uint8_t access_rule(Access read, Access update) {
  const auto at = std::find(rules.begin(), rules.end(), std::pair(read, update));
  return static_cast<std::uint8_t>(at - rules.begin() + 1);
}

Bytes access_rules() {
  Bytes out;
  for (const auto& [read, update] : rules) {
    Bytes record;
    if (read == update) {
      put_condition(record, 0x03, read);
    } else {
      put_condition(record, 0x01, read);
      put_condition(record, 0x02, update);
    }
    record.resize(access_rule_size, 0xff);
    out.insert(out.end(), record.begin(), record.end());
  }
  return out;
}

Bytes fcp_template(const FileSystem& files, Index file, const Pin& pin1) {
  const File& f = files[file];
  Bytes fields;
  put(fields, 0x82, descriptor(files, file));
  if (f.kind == Kind::application)
    put(fields, 0x84, files.aid());
  else
    put(fields, 0x83, word(f.id));
  if (file == FileSystem::mf) put(fields, 0xa5, ByteArray<3>{0x80, 1, 0x71});  // UICC characteristics
  put(fields, 0x8a, ByteArray<1>{0x05});                                       // operational, activated
  put(fields, 0x8b, security_attributes(f));
  if (is_directory(f.kind)) {
    put(fields, 0xc6, pin_status(pin1));
  } else {
    put(fields, 0x80, word(files.content(file).size()));
    if (f.sfi != 0)
      put(fields, 0x88, ByteArray<1>{static_cast<std::uint8_t>(f.sfi << 3)});
    else
      put(fields, 0x88, {});
  }
  Bytes out;
  put(out, 0x62, fields);
  return out;
}

Bytes gsm_response(const FileSystem& files, Index file, const Pin& pin1) {
  const File& f = files[file];
  if (is_directory(f.kind)) return gsm_directory(files, file, pin1);
  Bytes out(15, 0);
  std::copy_n(word(files.content(file).size()).begin(), 2, out.begin() + 2);
  std::copy_n(word(f.id).begin(), 2, out.begin() + 4);
  out[6] = 0x04;
  out[8] = static_cast<std::uint8_t>(gsm_condition(f.read) << 4 | gsm_condition(f.update));
  out[9] = 0xff;   // INCREASE
  out[10] = 0xff;  // REHABILITATE, INVALIDATE
  out[11] = 0x01;  // not invalidated
  out[12] = 2;
  out[13] = f.kind == Kind::transparent ? 0x00 : 0x01;
  out[14] = f.record_size;
  return out;
}

}  // namespace simbiont::usim
