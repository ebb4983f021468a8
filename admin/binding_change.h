// The changes of bindings that hss/binding_change.h has, under the names that the handlers use.
#pragma once

#include "hss/binding_change.h"

namespace simbiont::admin {

using hss::active_epoch;
using hss::associate;
using hss::change_binding;
using hss::end_registrations;
using hss::EpochRules;
using hss::find_subscriber;
using hss::FreshProof;
using hss::Held;
using hss::Moment;
using hss::owe_clrs;
using hss::strands_triplets;

}  // namespace simbiont::admin
