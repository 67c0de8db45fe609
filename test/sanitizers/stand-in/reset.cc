#include "controls.h"

namespace standin {

void reset() {
  setProcessors(2);
  refuseThreads(false);
  setPace(1);
  wakeWithoutCause(0);
  setClock(std::nullopt);
  setLocalTime(std::chrono::minutes(0));
  refuseTimeConversion(false);
  actAs({});
  refuseTokens(ERROR_SUCCESS);
  refuseToAct(false);
  refuseToRevert(false);
  refuseToTell(0, ERROR_SUCCESS);
  processToken() = {};
  accounts().clear();
  putOutOfReach({}, ERROR_SUCCESS);
  setLogonSession(std::nullopt, 0);
  takeViolations();
}

}  // namespace standin
