// ECR of S13: the state of a device as the operator set it, and nothing about any other IMEI.
#include "diameter/s13.h"
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

class EcrTest : public OperatorTest {
 protected:
  Bytes ecr_frame(std::string_view imei) {
    diameter::Ecr ecr;
    ecr.routing = {"mme1;5;1", "mme1", "visited.example", {}, "example"};
    ecr.terminal = {imei, "01"};
    ecr.user_name = imsi;
    Bytes frame;
    diameter::encode_ecr(ecr, hss.next_ids(0), frame);
    return frame;
  }
  diameter::Eca ask(const Bytes& frame) {
    const Bytes answer = hss.ask("mme1", frame);
    const auto decoded = diameter::decode_eca(answer);
    EXPECT_TRUE(decoded.message);
    EXPECT_EQ(diameter::read_header(answer).application, diameter::app_s13);
    return decoded.message.value_or(diameter::Eca{});
  }
};

TEST_F(EcrTest, equipment_status_is_the_state_of_the_device) {
  using diameter::EquipmentStatus;
  add_device(imei_a, "kme-a", key_a);
  const std::pair<store::EquipmentState, EquipmentStatus> table[] = {
      {store::EquipmentState::allowed, EquipmentStatus::allowed},
      {store::EquipmentState::barred, EquipmentStatus::barred},
      {store::EquipmentState::grey, EquipmentStatus::grey}};
  for (const auto& [state, status] : table) {
    hss.admin({store::SetDeviceState{imei_of(imei_a), state}});
    for (const std::size_t digits : {14U, 15U}) {
      const diameter::Eca eca = ask(ecr_frame(std::string_view(imei_a).substr(0, digits)));
      EXPECT_EQ(eca.code, success);
      EXPECT_EQ(eca.status, status);
    }
  }
}

TEST_F(EcrTest, any_other_imei_is_unknown_equipment) {
  add_device(imei_a, "kme-a", key_a);
  for (const char* imei : {stranger, "12", ""}) {
    const diameter::Eca eca = ask(ecr_frame(imei));
    EXPECT_EQ(eca.code, diameter::result::equipment_unknown) << imei;
    EXPECT_FALSE(eca.status);
  }
}

TEST_F(EcrTest, belongs_to_s13_and_s13_has_no_other_command) {
  const auto with_application = [](Bytes frame, std::uint32_t application) {
    store_be(application, std::span(frame).subspan(8, 4));
    return frame;
  };
  for (const Bytes& frame : {with_application(ecr_frame(imei_a), diameter::app_s6a),
                             with_application(hss.air_frame("mme1", imsi), diameter::app_s13),
                             with_application(hss.ulr_frame("mme1", imsi), diameter::app_s13)}) {
    const Bytes answer = hss.ask("mme1", frame);
    ASSERT_FALSE(answer.empty());
    EXPECT_NE(diameter::read_header(answer).flags & diameter::Header::error_bit, 0);
  }
  EXPECT_FALSE(stored().registration);
}

TEST_F(EcrTest, without_terminal_information_names_what_is_missing) {
  Bytes frame = ecr_frame(imei_a);
  Bytes bare(frame.begin(), frame.begin() + diameter::header_size);
  diameter::AvpReader reader(ByteView(frame).subspan(diameter::header_size));
  while (const auto avp = reader.next())
    if (avp->code != diameter::avp::terminal_information.code)
      bare.insert(bare.end(), avp->whole.begin(), avp->whole.end()),
          bare.resize((bare.size() + 3) & ~std::size_t{3});
  store_be(bare.size(), std::span(bare).subspan(1, 3));
  EXPECT_EQ(ask(bare).code, diameter::result::missing_avp);
}

}  // namespace
}  // namespace simbiont::test
