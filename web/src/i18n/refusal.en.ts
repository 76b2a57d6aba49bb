/** What stands below a refusal: the rule, who decides, and what to do now. */
export const refusal = {
  rule: "Rule", decides: "Who can decide", request: "Request",
  byRule: "House rule “{{rule}}”", byProgram: "What comes with the position {{position}}", byParameter: "House parameter “{{name}}”",
  noRequests: "Requests for footage come with a later version. Until then ask one of those named for a change of the rule, or for a look on your behalf by somebody who may.",
  mine: "What I may do at this camera", mineAll: "What I may do", pledge: "Sign the pledge", title: "This was refused", byWhom: "Somebody of these positions can let it happen: {{positions}}.",
};
