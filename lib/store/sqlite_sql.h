// Every statement that the running store executes, by name. Migrations are in sqlite_schema.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simbiont::store {

enum class Sql : std::uint8_t {
  begin_read,
  begin_write,
  commit,
  rollback,
  open_group,
  undo_group,
  close_group,

  insert_subscriber,
  replace_subscriber,
  retire_seq,
  remove_subscriber,
  raise_seq,
  set_seq,
  insert_kme,
  replace_kme,
  remove_kme,
  forget_epochs,
  insert_epoch,
  insert_device,
  replace_device,
  set_device_state,
  remove_device,
  put_binding,
  forget_associations,
  insert_association,
  forget_former,
  insert_former,
  set_reported,
  set_evidence,
  set_older_reported,
  set_older_evidence,
  put_registration,
  remove_registration,
  raise_vector_node,
  insert_vector_node,
  trim_vector_nodes,
  too_many_nodes,
  merge_owed_clr,
  insert_owed_clr,
  settle_clr,
  count_history,
  insert_history,
  trim_history,
  insert_event,
  trim_events,

  subscriber,
  subscribers,
  has_subscriber,
  associations,
  former,
  bindings,
  kme,
  kmes,
  epochs,
  device,
  devices,
  device_is_bound,
  vector_nodes,
  owed_clrs,
  history,
  events,
  last_event_id,
  counts,

  seal_check,
  set_seal_check,
  sealed_subscribers,
  reseal_subscriber,
  sealed_epochs,
  reseal_epoch,
  attach_restored,
  raise_restored_seqs,
  keep_seqs,
  keep_registrations,
  keep_vector_nodes,
  keep_owed_clrs,
  hosts_owed,
  owe_leaving_plain,
  owe_removed,
  end_registrations,
  keep_left_plain,
  leave_plain,

  count_
};

inline constexpr std::size_t sql_count = static_cast<std::size_t>(Sql::count_);

const char* text(Sql);

// Moves the content of the attached database `restored` to this one; inside a transaction.
const char* replace_content();

}  // namespace simbiont::store
