package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/factor/passkey"
	dutyrecord "watchroom/internal/api/duty/logbook"
	"watchroom/internal/api/factor"
	"watchroom/internal/api/kiosk"
	"watchroom/internal/api/organisation"
	"watchroom/internal/archive"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/loss"
	"watchroom/internal/camera"
	"watchroom/internal/duty"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/authenticator"
)

// deed is how a route that is marked as recorded is carried out. $words in id, query and body
// stand for what a maker of that name makes, anew for every deed.
type deed struct {
	as    string // whose keys are sent
	act   string // the kind of act that it leaves
	id    string // what stands for {id} or {code}; with a / also for {factor}
	body  string
	query string
	kind  string // of the body, if it is not JSON
	by    string // whose act it is, where the keys do not say it
	once  bool   // what was made serves one request only, also one that fails
}

// deeds has one line for every route that is marked; a route that is added later needs its
// line here, or a reason among the untried.
var deeds = map[string]deed{
	"POST /api/v1/layouts":        {as: "operator", act: "layout.created", body: `{"name":"$word","size":1,"cells":["$gate"]}`},
	"PUT /api/v1/layouts/{id}":    {as: "operator", act: "layout.changed", id: "$layout", body: `{"name":"$other","size":1,"cells":["$gate"]}`},
	"DELETE /api/v1/layouts/{id}": {as: "operator", act: "layout.deleted", id: "$layout"},
	"GET /api/v1/rights/cedar":    {as: "auditor", act: "rights.exported", query: "?part=entities"},

	"POST /api/v1/rooms":                      {as: "supervisor", act: "room.added", body: `{"name":"$word","areas":[],"head":"$head","staff":2,"hours":"around_the_clock","networks":[]}`},
	"PUT /api/v1/rooms/{id}":                  {as: "supervisor", act: "room.changed", id: "$dutyroom", body: `{"name":"$other","areas":[],"head":"$head","staff":1,"hours":"business","networks":["10.1.2.0/24"]}`},
	"POST /api/v1/rooms/{id}/shifts":          {as: "duty_lead", act: "roster.planned", id: "$dutyroom", body: `{"shifts":[{"name":"A","from":"$later","to":"$latest","staff":1,"people":[]}]}`},
	"POST /api/v1/rooms/{id}/roster/publish":  {as: "duty_lead", act: "roster.published", id: "$drafted", body: `{"from":"$begin","to":"$latest"}`},
	"PUT /api/v1/shifts/{id}":                 {as: "duty_lead", act: "roster.changed", id: "$dutyshift", body: `{"name":"B","from":"$later","to":"$latest","staff":1,"people":[],"version":1}`},
	"POST /api/v1/shifts/{id}/cancel":         {as: "duty_lead", act: "roster.cancelled", id: "$dutyshift", body: `{"version":1}`},
	"POST /api/v1/shifts/{id}/late":           {as: "operator", act: "roster.late_told", id: "$ownshift", body: `{"minutes":20,"reason":"the train"}`},
	"POST /api/v1/rooms/{id}/shift-patterns":  {as: "duty_lead", act: "roster.pattern_added", id: "$dutyroom", body: `$shiftpattern`},
	"PUT /api/v1/shift-patterns/{id}":         {as: "duty_lead", act: "roster.pattern_changed", id: "$patterned", body: `$shiftpattern`},
	"POST /api/v1/shift-patterns/{id}/retire": {as: "duty_lead", act: "roster.pattern_retired", id: "$patterned"},
	"POST /api/v1/leaves":                     {as: "operator", act: "leave.asked", body: `$ownleave`},
	"POST /api/v1/leaves/entered":             {as: "duty_lead", act: "leave.entered", body: `$toldleave`},
	"POST /api/v1/leaves/{id}/decide":         {as: "duty_lead", act: "leave.approved", id: "$leaveasked", body: `{"approve":true,"replacements":[]}`},
	"POST /api/v1/leaves/{id}/sign":           {as: "operator", act: "leave.signed", id: "$leavetold"},
	"POST /api/v1/leaves/{id}/withdraw":       {as: "operator", act: "leave.withdrawn", id: "$leaveasked"},
	"POST /api/v1/departures":                 {as: "colleague", act: "departure.asked", query: "$beside", body: `{"relief":"$guard","reason":"the child is unwell"}`},
	"POST /api/v1/departures/{id}/decide":     {as: "duty_lead", act: "departure.approved", id: "$departing", body: `{"approve":true}`},
	"POST /api/v1/departures/{id}/withdraw":   {as: "colleague", act: "departure.withdrawn", id: "$departing"},
	"POST /api/v1/departures/{id}/leave":      {as: "colleague", act: "departure.left", id: "$letgo"},
	"POST /api/v1/presence/absence":           {as: "colleague", act: "presence.absence_begun", query: "$beside", body: `{"cover":"$guard"}`},
	"POST /api/v1/presence/absence/end":       {as: "colleague", act: "presence.absence_ended", query: "$away"},
	"POST /api/v1/presence/{id}/judge":        {as: "duty_lead", act: "presence.judged", id: "$missed", body: `{"verdict":"working","note":"at the printer"}`},

	"POST /api/v1/swaps":               {as: "operator", act: "swap.asked", body: `{"shift":"$ownshift","other":"$swapped","reason":"at the school"}`},
	"POST /api/v1/swaps/{id}/answer":   {as: "duty_lead", act: "swap.agreed", id: "$swap", body: `{"agree":true}`},
	"POST /api/v1/swaps/{id}/withdraw": {as: "operator", act: "swap.withdrawn", id: "$swap"},
	"POST /api/v1/swaps/{id}/decide":   {as: "supervisor", act: "swap.made", id: "$swapagreed", body: `{"consent":true}`},
	"POST /api/v1/rooms/{id}/retire":   {as: "supervisor", act: "room.retired", id: "$dutyroom", body: `{"reason":"merged into another"}`},

	"POST /api/v1/rooms/{id}/sign-on":            {as: "operator", act: "duty.signed_on", id: "$watched", body: `{"reason":"not planned","checks":$startchecks}`},
	"POST /api/v1/rooms/{id}/sign-on/password":   {as: "operator", act: "duty.signed_on", id: "$watched", body: `{"username":"supervisor","password":"$supervisorpassword","what":{"reason":"not planned","checks":$startchecks}}`, by: "supervisor"},
	"POST /api/v1/rooms/{id}/sign-on/code":       {as: "step", act: "duty.signed_on", id: "$halfsigned", body: `{"kind":"totp","code":"$leadcode","what":{"reason":"not planned","checks":$startchecks}}`, by: "lead", once: true},
	"POST /api/v1/rooms/{id}/sign-on/passkey":    {as: "asked", act: "duty.signed_on", id: "$keysigned", body: `$signed`, by: "lead", once: true},
	"POST /api/v1/rooms/{id}/sign-off":           {as: "colleague", act: "duty.signed_off", id: "$joined", body: `{"reason":"the relief is there"}`},
	"POST /api/v1/rooms/{id}/take-over":          {as: "duty_lead", act: "duty.taken_over", id: "$kept", body: `{"reason":"fell ill at the desk"}`},
	"POST /api/v1/rooms/{id}/close":              {as: "operator", act: "duty.room_closed", id: "$kept", body: `{"standBy":"$head","phone":"8110","checks":$closechecks}`},
	"POST /api/v1/rooms/{id}/visits":             {as: "operator", act: "visitor.registered", id: "$dutyroom", body: `{"kind":"guest","name":"$word","identityKind":"work","identityNumber":"A-110234","reason":"a talk","hostName":"Wang","papers":"7"}`},
	"POST /api/v1/rooms/{id}/visits/export":      {as: "operator", act: "visitor.exported", id: "$dutyroom", body: `{"format":"xlsx","from":"$from","to":"$later"}`},
	"POST /api/v1/instructions":                  {as: "leader", act: "instruction.given", body: `{"kind":"instruction","rooms":["$dutyroom"],"text":"look at the gate"}`},
	"POST /api/v1/instructions/told":             {as: "operator", act: "instruction.given", body: `{"kind":"instruction","rooms":["$dutyroom"],"text":"look at the gate","giver":"$head"}`},
	"POST /api/v1/instructions/{id}/read":        {as: "operator", act: "instruction.read", id: "$instruction"},
	"POST /api/v1/instructions/{id}/assign":      {as: "operator", act: "instruction.assigned", id: "$instruction", body: `{"owner":"$guard","due":"$later"}`},
	"POST /api/v1/instructions/{id}/countersign": {as: "leader", act: "instruction.countersigned", id: "$toldinstruction", body: `{"did":true}`},
	"POST /api/v1/instructions/{id}/result":      {as: "leader", act: "instruction.closed", id: "$instruction", body: `{"note":"it was done","closes":true}`},
	"POST /api/v1/instructions/{id}/withdraw":    {as: "leader", act: "instruction.withdrawn", id: "$instruction", body: `{"reason":"not needed"}`},

	"POST /api/v1/visits/{id}/approve":     {as: "duty_lead", act: "visitor.approved", id: "$visit", body: `{}`},
	"POST /api/v1/visits/{id}/refuse":      {as: "duty_lead", act: "visitor.refused", id: "$visit", body: `{"note":"not today"}`},
	"POST /api/v1/visits/{id}/told":        {as: "operator", act: "visitor.told", id: "$visit", body: `{"person":"$head","number":"8110"}`},
	"POST /api/v1/visits/{id}/countersign": {as: "leader", act: "visitor.countersigned", id: "$toldvisit", body: `{"did":true}`},
	"POST /api/v1/visits/{id}/enter":       {as: "operator", act: "visitor.entered", id: "$toldvisit", body: `{"badge":"7"}`},
	"POST /api/v1/visits/{id}/leave":       {as: "operator", act: "visitor.left", id: "$within", body: `{"saw":"nothing"}`},
	"POST /api/v1/visits/{id}/withdraw":    {as: "operator", act: "visitor.withdrawn", id: "$visit", body: `{"note":"left again"}`},
	"POST /api/v1/visits/{id}/correct":     {as: "operator", act: "visitor.corrected", id: "$visit", body: `{"name":"$other","identityKind":"work","identityNumber":"A-110235","reason":"a talk","hostName":"Wang","why":"misspelt"}`},

	"POST /api/v1/rooms/{id}/handover":              {as: "operator", act: "handover.opened", id: "$kept"},
	"POST /api/v1/handovers/{id}/outgoing/password": {as: "colleague", act: "handover.outgoing_signed", id: "$ready", body: `{"username":"operator","password":"$operatorpassword","what":$tocolleague}`, by: "operator"},
	"POST /api/v1/handovers/{id}/outgoing/code":     {as: "step", act: "handover.outgoing_signed", id: "$halfout", body: `{"kind":"totp","code":"$leadcode","what":$tocolleague}`, by: "lead", once: true},
	"POST /api/v1/handovers/{id}/outgoing/passkey":  {as: "asked", act: "handover.outgoing_signed", id: "$keyout", body: `$signedout`, by: "lead", once: true},
	"POST /api/v1/handovers/{id}/incoming/password": {as: "operator", act: "handover.incoming_signed", id: "$handed", body: `{"username":"colleague","password":"$colleaguepassword","what":$read}`, by: "colleague"},
	"POST /api/v1/handovers/{id}/incoming/code":     {as: "step", act: "handover.incoming_signed", id: "$halfin", body: `{"kind":"totp","code":"$leadcode","what":$read}`, by: "lead", once: true},
	"POST /api/v1/handovers/{id}/incoming/passkey":  {as: "asked", act: "handover.incoming_signed", id: "$keyin", body: `$signedtake`, by: "lead", once: true},
	"POST /api/v1/handovers/{id}/remarks":           {as: "operator", act: "handover.remarked", id: "$passed", body: `{"kind":"defect","words":"the torch does not light"}`},
	"POST /api/v1/handovers/{id}/review":            {as: "duty_lead", act: "handover.reviewed", id: "$passed", body: `{"note":"seen"}`},

	"DELETE /api/v1/act-searches/{id}": {as: "duty_lead", act: "search.removed", id: "$search"},
	"POST /api/v1/act-searches":        {as: "duty_lead", act: "search.saved", body: `{"name":"$word","query":"kind=camera."}`},
	"PUT /api/v1/act-searches/{id}":    {as: "duty_lead", act: "search.saved", id: "$search", body: `{"name":"$word","query":"kind=camera."}`},
	"POST /api/v1/acts/export":         {as: "auditor", act: "trail.exported", body: `{"format":"csv","reason":"a quarterly audit"}`},
	"GET /api/v1/acts":                 {as: "auditor", act: "trail.searched", query: "?kind=$word"},
	"GET /api/v1/acts/{id}":            {as: "auditor", act: "trail.opened", id: "$act"},

	"POST /api/v1/duty-entries":              {as: "supervisor", act: "duty.written", body: `{"room":"$dutyroom","category":"patrol","text":"$word"}`},
	"POST /api/v1/duty-entries/{id}/files":   {as: "supervisor", act: "duty.attached", id: "$dutyentry", query: "?name=$word.pdf", body: "%PDF-1.4 %%EOF", kind: "application/octet-stream"},
	"POST /api/v1/duty-entries/{id}/reports": {as: "supervisor", act: "duty.reported", id: "$dutyentry", body: `{"name":"110","channel":"phone"}`},
	"POST /api/v1/duty-entries/{id}/sign":    {as: "operator", act: "duty.countersigned", id: "$lateentry"},
	"POST /api/v1/duty-heads":                {as: "supervisor", act: "duty.head_written", body: `{"room":"$dutyroom","from":"$from","to":"$ahead","weather":"fair","persons":[],"online":1,"total":1,"recording":"normal","clock":"normal","power":"normal","hourly":[],"version":0}`},
	"POST /api/v1/duty-reports/{id}/receipt": {as: "operator", act: "duty.received", id: "$dutyreport"},
	"GET /api/v1/areas/export":               {as: "administrator", act: "area.exported"},
	"PATCH /api/v1/areas/{id}":               {as: "administrator", act: "area.changed", id: "$area", body: `{"note":"$word"}`},
	"POST /api/v1/areas":                     {as: "administrator", act: "area.created", body: `{"kind":"site","name":"$word"}`},
	"POST /api/v1/areas/import":              {as: "administrator", act: "area.imported", body: `{"file":"$areas"}`},
	"POST /api/v1/areas/{id}/retire":         {as: "administrator", act: "area.retired", id: "$area", body: `{"reason":"gone"}`},
	"GET /api/v1/units/export":               {as: "administrator", act: "unit.exported"},
	"PATCH /api/v1/units/{id}":               {as: "administrator", act: "unit.changed", id: "$unit", body: `{"note":"$word"}`},
	"POST /api/v1/units":                     {as: "administrator", act: "unit.created", body: `{"kind":"department","name":"$word"}`},
	"POST /api/v1/units/import":              {as: "administrator", act: "unit.imported", body: `{"file":"$units"}`},
	"POST /api/v1/units/{id}/retire":         {as: "administrator", act: "unit.retired", id: "$unit", body: `{"reason":"gone"}`},
	"POST /api/v1/contracts":                 {as: "administrator", act: "contract.concluded", body: `{"unit":"$company","number":"2","until":"$later"}`},
	"POST /api/v1/contracts/{id}/end":        {as: "administrator", act: "contract.ended", id: "$contract", body: `{"reason":"over"}`},
	"PUT /api/v1/stand-ins/{id}/photo":       {as: "duty_lead", act: "person.photo_kept", id: "$stoodin", body: `{"picture":"$picture"}`},
	"POST /api/v1/session/briefing":          {as: "guard", act: "standin.briefed", query: "$fresh"},
	"POST /api/v1/session/briefing/sign":     {as: "guard", act: "standin.signed", query: "$briefed", body: `{"language":"zh","password":"$guardpassword"}`},
	"POST /api/v1/stand-ins":                 {as: "duty_lead", act: "standin.admitted", body: `$standin`},

	"DELETE /api/v1/identities/{id}":    {as: "administrator", act: "person.identity_unlinked", id: "$linked"},
	"POST /api/v1/identities/{id}/link": {as: "administrator", act: "person.identity_linked", id: "$identity", body: `{"person":"$leaver"}`},

	"GET /api/v1/people/export":                        {as: "administrator", act: "person.exported"},
	"PATCH /api/v1/people/{id}":                        {as: "administrator", act: "person.renamed", id: "$guard", body: `{"displayName":"$word"}`},
	"PATCH /api/v1/people/{id}/file":                   {as: "administrator", act: "person.file_changed", id: "$guard", body: `{"phone":"$word"}`},
	"POST /api/v1/people":                              {as: "administrator", act: "person.created", body: `{"username":"$word","displayName":"$word","positions":["operator"]}`},
	"POST /api/v1/people/import":                       {as: "administrator", act: "person.imported", body: `{"file":"$people"}`},
	"POST /api/v1/people/{id}/card":                    {as: "administrator", act: "card.issued", id: "$technician", body: `{"card":"$number","name":"$word","reason":"the old one is lost"}`},
	"POST /api/v1/people/{id}/factors/{factor}/unlock": {as: "administrator", act: "card.unlocked", id: "$principal/$lockedcard", body: `{"reason":"mistyped"}`},
	"POST /api/v1/people/{id}/factors/{factor}/remove": {as: "administrator", act: "factor.removed", id: "$technician/$technicianfactor", body: `{"reason":"it is lost"}`},
	"POST /api/v1/people/{id}/leave":                   {as: "administrator", act: "person.left", id: "$leaver", body: `{"reason":"of age"}`},
	"POST /api/v1/people/{id}/leaving":                 {as: "administrator", act: "person.settled", id: "$gone", body: `{"item":"radio","state":"not_had"}`},
	"POST /api/v1/people/{id}/password-reset":          {as: "administrator", act: "person.password_reset", id: "$leaver"},
	"PUT /api/v1/people/{id}/photo":                    {as: "administrator", act: "person.photo_kept", id: "$guard", body: `{"picture":"$picture"}`},
	"POST /api/v1/proposals/{id}/approve":              {as: "supervisor", act: "person.positions_changed", id: "$given", body: `{}`},
	"POST /api/v1/proposals/{id}/reject":               {as: "supervisor", act: "person.positions_rejected", id: "$given", body: `{"note":"not yet"}`},
	"POST /api/v1/proposals/{id}/withdraw":             {as: "administrator", act: "person.positions_withdrawn", id: "$given", body: `{"note":"not yet"}`},
	"POST /api/v1/tokens":                              {as: "administrator", act: "token.created", body: `{"name":"$word","actions":["metrics.read"]}`},
	"DELETE /api/v1/tokens/{id}":                       {as: "administrator", act: "token.revoked", id: "$token"},
	"POST /api/v1/consoles":                            {as: "administrator", act: "console.added", body: `{"name":"$word"}`},
	"POST /api/v1/consoles/{id}/token":                 {as: "administrator", act: "console.renewed", id: "$console", body: `{}`},
	"POST /api/v1/consoles/{id}/retire":                {as: "administrator", act: "console.retired", id: "$console", body: `{"reason":"gone"}`},
	"POST /api/v1/consoles/{id}/reports":               {as: "console", act: "console.set_up", id: "$reporting", body: `{"profile":"$profile","findings":[]}`, by: "administrator"},
	"POST /api/v1/shared-logins/{id}/judge":            {as: "lead", act: "shared_login.judged", id: "$shared", body: `{"answer":"own","note":"two consoles"}`},

	"POST /api/v1/positions":                          {as: "supervisor", act: "position.added", body: `{"code":"$word","name":{"zh":"$word","en":"$word"}}`},
	"PATCH /api/v1/positions/{code}":                  {as: "supervisor", act: "position.renamed", id: "$position", body: `{"name":{"zh":"$other","en":"$other"}}`},
	"POST /api/v1/positions/{code}/retire":            {as: "supervisor", act: "position.retired", id: "$position", body: `{"reason":"by mistake"}`},
	"POST /api/v1/positions/{code}/restore":           {as: "supervisor", act: "position.restored", id: "$retiredposition", body: `{"reason":"by mistake"}`},
	"POST /api/v1/rights-reviews":                     {as: "auditor", act: "review.opened", body: `{"note":"the yearly one"}`},
	"POST /api/v1/rights-reviews/{id}/decisions":      {as: "auditor", act: "review.confirmed", id: "$review", body: `{"items":["$reviewed"],"decision":"confirmed","reason":"still needed"}`},
	"POST /api/v1/rights/versions":                    {as: "supervisor", act: "rights.proposed", body: `{"base":"$base","reason":"not at night","rules":[{"id":"s","position":"duty_lead","actions":["playback.view"],"backMinutes":$back}]}`},
	"POST /api/v1/rights/versions/{id}/approve":       {as: "leader", act: "rights.approved", id: "$version", body: `{"note":"well"}`},
	"POST /api/v1/rights/versions/{id}/reject":        {as: "leader", act: "rights.rejected", id: "$version", body: `{"note":"not well"}`},
	"POST /api/v1/rights/versions/{id}/withdraw":      {as: "supervisor", act: "rights.withdrawn", id: "$version"},
	"POST /api/v1/parameters/packs/choose":            {as: "supervisor", act: "parameter.proposed", body: `{"pack":"campus","reason":"the school decided so"}`},
	"POST /api/v1/parameters/proposals":               {as: "supervisor", act: "parameter.proposed", body: `{"changes":[{"key":"viewing.lasts","value":"$minutes"}],"reason":"short nights"}`},
	"POST /api/v1/emergencies":                        {as: "operator", act: "emergency.taken", body: `{"right":"live_graded","minutes":5,"cause":"fire"}`},
	"POST /api/v1/emergencies/{id}/end":               {as: "operator", act: "emergency.ended", id: "$emergency", body: `{}`},
	"POST /api/v1/emergencies/{id}/report":            {as: "operator", act: "emergency.reported", id: "$pastemergency", body: `{"report":"there was smoke in the hall, and it is out"}`},
	"POST /api/v1/emergencies/{id}/settle":            {as: "leader", act: "emergency.settled", id: "$toldemergency", body: `{"verdict":"justified","note":"well done"}`},
	"POST /api/v1/parameters/proposals/{id}/approve":  {as: "leader", act: "parameter.approved", id: "$parameter", body: `{}`},
	"POST /api/v1/parameters/proposals/{id}/reject":   {as: "leader", act: "parameter.rejected", id: "$parameter", body: `{"note":"not well"}`},
	"POST /api/v1/parameters/proposals/{id}/withdraw": {as: "supervisor", act: "parameter.withdrawn", id: "$parameter", body: `{}`},

	"POST /api/v1/purposes":                         {as: "supervisor", act: "purpose.added", body: `{"code":"$word","name":{"zh":"","en":"$word"},"basis":{"zh":"","en":"rule 1"}}`},
	"PATCH /api/v1/purposes/{code}":                 {as: "supervisor", act: "purpose.changed", id: "$purpose", body: `{"backMinutes":60}`},
	"POST /api/v1/purposes/{code}/retire":           {as: "supervisor", act: "purpose.retired", id: "$purpose", body: `{"reason":"by mistake"}`},
	"POST /api/v1/purposes/{code}/restore":          {as: "supervisor", act: "purpose.restored", id: "$retiredpurpose", body: `{"reason":"by mistake"}`},
	"POST /api/v1/purposes/proposals":               {as: "supervisor", act: "purpose.proposed", body: `{"step":"change","code":"$strictpurpose","change":{"needsSecond":false},"reason":"by mistake"}`},
	"POST /api/v1/purposes/proposals/{id}/approve":  {as: "leader", act: "purpose.approved", id: "$lowered", body: `{}`},
	"POST /api/v1/purposes/proposals/{id}/reject":   {as: "leader", act: "purpose.rejected", id: "$lowered", body: `{"note":"not well"}`},
	"POST /api/v1/purposes/proposals/{id}/withdraw": {as: "supervisor", act: "purpose.withdrawn", id: "$lowered", body: `{}`},

	"GET /api/v1/cameras/export":                 {as: "supervisor", act: "camera.exported"},
	"GET /api/v1/cameras/{id}/picture.jpg":       {as: "operator", act: "live.picture", id: "$gate"},
	"PATCH /api/v1/cameras/{id}":                 {as: "technician", act: "camera.changed", id: "$camera", body: `{"note":"$word"}`},
	"POST /api/v1/cameras":                       {as: "technician", act: "camera.created", body: `{"name":"$word","main":{"url":"rtsp://192.0.2.77/$word"}}`},
	"POST /api/v1/cameras/import":                {as: "technician", act: "camera.imported", body: `{"file":"$cameras"}`},
	"POST /api/v1/cameras/recover":               {as: "administrator", act: "camera.recovered", query: "$lost"},
	"POST /api/v1/cameras/test":                  {as: "technician", act: "camera.tested", body: `{"url":"rtsp://192.0.2.99/new"}`},
	"POST /api/v1/cameras/{id}/retire":           {as: "technician", act: "camera.retired", id: "$camera", body: `{"reason":"gone"}`},
	"PUT /api/v1/cameras/{id}/masks":             {as: "technician", act: "camera.masked", id: "$camera", body: `{"masks":[{"name":"$word","reason":"a neighbour","points":[{"x":0,"y":0},{"x":9,"y":0},{"x":0,"y":9}]}],"device":""}`},
	"PUT /api/v1/cameras/{id}/control-room":      {as: "technician", act: "camera.room_marked", id: "$camera", body: `{"name":"$word","networks":["10.1.2.0/24"]}`},
	"POST /api/v1/cameras/{id}/control-room/end": {as: "technician", act: "camera.room_proposed", id: "$room", body: `{"reason":"the desk was moved"}`},
	"PUT /api/v1/cameras/{id}/side-doors":        {as: "technician", act: "camera.side_door_checked", id: "$camera", body: `{"kind":"web_page","state":"closed","note":"$word"}`},
	"POST /api/v1/cameras/{id}/switch":           {as: "duty_lead", act: "camera.switched_off", id: "$camera", body: `{"enabled":false,"reason":"to see it"}`},
	"GET /api/v1/live/{camera}/mse":              {as: "operator", act: "live.opened"},
	"POST /api/v1/live/{camera}/whep":            {as: "operator", act: "live.opened", body: "v=0", kind: "application/sdp", query: "?stream=sub"},
	"PUT /api/v1/company":                        {as: "operator", act: "live.accompanied", body: `{"present":[{"name":"Li","unit":"police"}]}`},

	"POST /api/v1/viewings":                       {as: "operator", act: "viewing.opened", body: `{"cameras":["$gate"],` + stated + `}`},
	"POST /api/v1/viewings/{id}/reason":           {as: "operator", act: "viewing.reason_given", id: "$owed", body: `{"reason":"two cars at the gate"}`},
	"POST /api/v1/viewings/{id}/close":            {as: "operator", act: "viewing.closed", id: "$viewing"},
	"POST /api/v1/bookmarks":                      {as: "operator", act: "bookmark.created", body: `{"camera":"$gate","at":"$from","title":"$word"}`},
	"POST /api/v1/bookmarks/{id}/retract":         {as: "operator", act: "bookmark.retracted", id: "$bookmark", body: `{"reason":"by mistake"}`},
	"POST /api/v1/snapshots":                      {as: "operator", act: "snapshot.taken", body: `{"camera":"$gate"}`},
	"GET /api/v1/snapshots/{id}/picture.jpg":      {as: "operator", act: "snapshot.viewed", id: "$snapshot", query: "?viewing=$viewing"},
	"POST /api/v1/traces":                         {as: "duty_lead", act: "mark.traced", body: `{"mark":"000-000-000"}`},
	"POST /api/v1/second-asks":                    {as: "operator", act: "second.asked", body: `{"kind":"viewing","cameras":["$yard"],` + stated + `}`},
	"POST /api/v1/second-asks/{id}/agree":         {as: "duty_lead", act: "second.agreed", id: "$ask"},
	"POST /api/v1/second-asks/{id}/refuse":        {as: "duty_lead", act: "second.refused", id: "$ask", body: `{"note":"not now"}`},
	"POST /api/v1/second-asks/{id}/withdraw":      {as: "operator", act: "second.withdrawn", id: "$ask"},
	"POST /api/v1/second-asks/{id}/vouch":         {as: "operator", act: "second.agreed", id: "$ask", body: `{"username":"supervisor","password":"$supervisorpassword"}`, by: "supervisor"},
	"POST /api/v1/second-asks/{id}/vouch/second":  {as: "step", act: "second.agreed", id: "$halfvouched", body: `{"kind":"totp","code":"$leadcode"}`, by: "lead", once: true},
	"POST /api/v1/second-asks/{id}/vouch/passkey": {as: "asked", act: "second.agreed", id: "$keyvouched", body: `$answer`, by: "lead", once: true},

	"POST /api/v1/holds":                           {as: "supervisor", act: "hold.placed", body: `{"cameras":["$gate"],"from":"$from","to":"$to","kind":"case","owner":"x","reason":"a case","document":"","reviewAt":"$later"}`},
	"POST /api/v1/holds/{id}/review":               {as: "supervisor", act: "hold.reviewed", id: "$hold", body: `{"note":"looked at","reviewAt":"$later"}`},
	"POST /api/v1/holds/{id}/release":              {as: "supervisor", act: "hold.release_requested", id: "$hold", body: `{"reason":"is over"}`},
	"POST /api/v1/holds/{id}/release/approve":      {as: "leader", act: "hold.released", id: "$released", body: `{"note":"is over"}`},
	"POST /api/v1/holds/{id}/release/reject":       {as: "leader", act: "hold.release_rejected", id: "$released", body: `{"note":"is not over"}`},
	"POST /api/v1/holds/{id}/release/withdraw":     {as: "supervisor", act: "hold.release_withdrawn", id: "$released"},
	"POST /api/v1/deletions":                       {as: "supervisor", act: "deletion.requested", body: `{"cameras":["$gate"],"from":"$from","to":"$to","ground":"authority","reason":"by order","document":"$word"}`},
	"POST /api/v1/deletions/{id}/approve":          {as: "leader", act: "deletion.approved", id: "$order", body: `{"note":"by order"}`},
	"POST /api/v1/deletions/{id}/reject":           {as: "leader", act: "deletion.rejected", id: "$order", body: `{"note":"not yet"}`},
	"POST /api/v1/deletions/{id}/withdraw":         {as: "supervisor", act: "deletion.withdrawn", id: "$order", body: `{"note":"not yet"}`},
	"POST /api/v1/retention/rules":                 {as: "supervisor", act: "retention.changed", body: `{"camera":"$gate","class":"main","reason":"a key target","rule":{"minimumDays":$days,"minimumBasis":"own","minimumNote":"a note"}}`},
	"POST /api/v1/retention/rules/{id}/approve":    {as: "leader", act: "retention.change_approved", id: "$lower", body: `{"note":"well"}`},
	"POST /api/v1/retention/rules/{id}/reject":     {as: "leader", act: "retention.change_rejected", id: "$lower", body: `{"note":"not well"}`},
	"POST /api/v1/retention/rules/{id}/withdraw":   {as: "supervisor", act: "retention.change_withdrawn", id: "$lower"},
	"POST /api/v1/ledger/unwitnessed":              {as: "leader", act: "ledger.unwitnessed", body: `{"reason":"the witness is being moved"}`},
	"POST /api/v1/retention/confirm":               {as: "leader", act: "retention.confirmed", body: `$frozen`},
	"POST /api/v1/schedules":                       {as: "supervisor", act: "schedule.set", body: `{"camera":"$gate","kind":"always","reason":"always"}`},
	"POST /api/v1/maintenance":                     {as: "duty_lead", act: "maintenance.placed", body: `{"cameras":["$gate"],"to":"$later","reason":"a lens"}`},
	"POST /api/v1/maintenance/{id}/end":            {as: "duty_lead", act: "maintenance.ended", id: "$window", body: `{"reason":"done"}`},
	"POST /api/v1/losses/{id}/explain":             {as: "operator", act: "loss.explained", id: "$loss", body: `{"text":"the power failed"}`},
	"POST /api/v1/losses/{id}/sign":                {as: "operator", act: "loss.signed", id: "$loss", body: `{"explanation":"$explanation","line":"on_watch","position":"operator"}`},
	"POST /api/v1/storage-faults/{id}/acknowledge": {as: "operator", act: "fault.acknowledged", id: "$fault", body: `{"note":"seen"}`},
	"POST /api/v1/storage-faults/{id}/give-up":     {as: "supervisor", act: "fault.given_up", id: "$lacked", body: `{"reason":"it burnt"}`},
	"POST /api/v1/storage/shortage":                {as: "duty_lead", act: "shortage.answered", body: `{"record":["$gate"],"reason":"the entrance first"}`, query: "$full"},
	"POST /api/v1/storage/shortage/revoke":         {as: "duty_lead", act: "shortage.revoked", body: `{"reason":"by mistake"}`, query: "$answered"},

	"POST /api/v1/setup":                            {as: "guest", act: "session.opened", body: `{"token":"$setuptoken","username":"root","displayName":"x","password":"correct-horse-root-7"}`, by: "root"},
	"POST /api/v1/session":                          {as: "guest", act: "session.opened", body: `{"username":"operator","password":"$operatorpassword"}`, by: "operator"},
	"DELETE /api/v1/session":                        {as: "once", act: "session.closed", query: "$once", by: "colleague"},
	"DELETE /api/v1/sessions/{id}":                  {as: "once", act: "session.ended", id: "$othersession", by: "colleague"},
	"POST /api/v1/sessions/end-others":              {as: "once", act: "session.ended", query: "$twice", by: "colleague"},
	"POST /api/v1/people/{id}/sessions/end":         {as: "administrator", act: "session.ended", id: "$signedin", body: `{"reason":"the phone is lost"}`},
	"POST /api/v1/session/lock":                     {as: "once", act: "console.locked", query: "$once", by: "colleague"},
	"POST /api/v1/session/unlock":                   {as: "once", act: "console.unlocked", query: "$locked", body: `{"password":"$colleaguepassword"}`, by: "colleague"},
	"POST /api/v1/session/second":                   {as: "half", act: "session.opened", query: "$half", body: `{"kind":"totp","code":"$leadcode"}`, by: "lead", once: true},
	"POST /api/v1/session/passkey":                  {as: "asked", act: "session.opened", query: "$keyalone", body: `$answer`, by: "lead", once: true},
	"POST /api/v1/session/second/passkey":           {as: "asked", act: "session.opened", query: "$keysecond", body: `$answer`, by: "lead", once: true},
	"POST /api/v1/session/unlock/passkey":           {as: "asked", act: "console.unlocked", query: "$keylocked", body: `$answer`, by: "lead", once: true},
	"POST /api/v1/session/pledge":                   {as: "operator", act: "person.pledge_signed", body: `{"language":"zh","password":"$operatorpassword"}`},
	"PUT /api/v1/session/password":                  {as: "leader", act: "person.password_changed", body: `{"current":"$leaderpassword","new":"$nextpassword"}`},
	"POST /api/v1/session/factors/codes":            {as: "lead", act: "factor.codes_made", body: `{"password":"$leadpassword"}`, query: "$leadkey"},
	"POST /api/v1/session/factors/card/pin":         {as: "deputy", act: "card.pin_chosen", body: `$cardpin`},
	"POST /api/v1/session/factors/totp/confirm":     {as: "deputy", act: "factor.enrolled", body: `$totp`, once: true},
	"POST /api/v1/session/factors/passkeys/confirm": {as: "deputy", act: "factor.enrolled", body: `$newkey`, once: true},
	"PATCH /api/v1/session/factors/{id}":            {as: "lead", act: "factor.renamed", id: "$leadfactor", body: `{"name":"another"}`},
	"POST /api/v1/session/factors/{id}/remove":      {as: "lead", act: "factor.removed", id: "$leadfactor", body: `{"password":"$leadpassword"}`},
}

// made asks for something and gives its id.
func (d *doing) made(as, method, path, body string) string {
	d.t.Helper()
	body, path = d.fill(body), d.fill(path)
	w := serve(d.handler, d.request(as, method, path, body))
	var out struct {
		ID     string
		Person struct{ ID string }
	}
	if w.Code >= 300 {
		d.t.Fatalf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
	}
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return out.ID + out.Person.ID
}

// shifts plans one of a room, in two days or at another time, of somebody or nobody, and gives its id.
func (d *doing) shifts(room, person string, from ...time.Duration) (ids []string) {
	d.t.Helper()
	at, people := append(from, 48*time.Hour)[0], ""
	if person != "" {
		people = `{"person":"` + person + `"}`
	}
	body := `{"shifts":[{"name":"A","from":"` + d.at(at) + `","to":"` + d.at(at+4*time.Hour) + `","staff":1,"people":[` + people + `]}]}`
	for _, s := range get[struct{ Items []struct{ ID string } }](d.house, "duty_lead", "POST", "/api/v1/rooms/"+room+"/shifts", body, 201).Items {
		ids = append(ids, s.ID)
	}
	return ids
}

// entryOf writes into the duty record.
func entryOf(d *doing, body string) dutyrecord.DutyEntry {
	d.t.Helper()
	return get[dutyrecord.DutyEntries](d.house, "supervisor", "POST", "/api/v1/duty-entries", d.fill(body), 201).Items[0]
}

// posted makes what one request makes.
func posted(as, path, body string) func(d *doing) string {
	return func(d *doing) string { return d.made(as, "POST", "/api/v1"+path, body) }
}

// after carries out a step on what another maker makes, and gives that.
func after(what, as, path, body string) func(d *doing) string {
	return func(d *doing) string {
		id := d.fill("$" + what)
		d.made(as, "POST", strings.ReplaceAll("/api/v1"+path, "{}", id), body)
		return id
	}
}

func table(text string) func(d *doing) string {
	return func(d *doing) string { return base64.StdEncoding.EncodeToString([]byte(d.fill(text))) }
}

// guest lets a stand-in in, who has signed in and chosen a password.
func (d *doing) guest() {
	d.t.Helper()
	in := get[organisation.AdmittedStandIn](d.house, "duty_lead", "POST", "/api/v1/stand-ins", d.fill("$standin"), 201)
	body := func(password string) string {
		return `{"username":"` + in.Person.Username + `","password":"` + password + `"}`
	}
	enter := func(password string) {
		w := d.send("guest", "POST", "/api/v1/session", body(password))
		value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
		d.keys["guard"] = http.Header{"Cookie": {value}}
	}
	enter(in.InitialPassword)
	d.passwords["guard"] = "nobody-else-knows-it"
	if w := d.send("guard", "PUT", "/api/v1/session/password", `{"current":"`+in.InitialPassword+`","new":"nobody-else-knows-it"}`); w.Code != 204 {
		d.t.Fatalf("%d %s", w.Code, w.Body)
	}
	enter("nobody-else-knows-it")
	d.people["guard"] = in.Person.ID
}

func password(of string) func(d *doing) string {
	return func(d *doing) string { d.person(of); return d.passwords[of] }
}

func (d *doing) at(by time.Duration) string { return d.now().Add(by).UTC().Format(time.RFC3339) }

// makers make what deeds need. One is called once a deed, when its $word is met.
var makers = map[string]func(d *doing) string{
	"word":  func(d *doing) string { d.n++; return fmt.Sprintf("word%d", d.n) },
	"other": func(d *doing) string { d.n++; return fmt.Sprintf("other%d", d.n) },
	"back":  func(d *doing) string { d.n++; return fmt.Sprint(1000 + d.n) },
	"gate":  func(d *doing) string { return d.gate },
	"yard": func(d *doing) string { // of a grade that takes two
		if !d.graded {
			d.rule("viewing.second_grade", `"grade_3"`)
		}
		d.graded = true
		return d.yard
	},
	"minutes": func(d *doing) string { d.n++; return fmt.Sprintf("%dm", 60+d.n) },
	"fewer":   func(d *doing) string { d.less++; return fmt.Sprint(80 - d.less) },
	"from":    func(d *doing) string { return d.at(-50 * time.Minute) },
	"to":      func(d *doing) string { return d.at(-40 * time.Minute) },
	"later":   func(d *doing) string { return d.at(48 * time.Hour) },
	"days":    func(d *doing) string { d.n++; return fmt.Sprint(100 + d.n) },
	"guard":   func(d *doing) string { return d.person("operator") },

	"head":      func(d *doing) string { return d.person("leader") },
	"swapped":   func(d *doing) string { return d.person("duty_lead") },
	"begin":     func(d *doing) string { return d.at(time.Hour) },
	"latest":    func(d *doing) string { return d.at(52 * time.Hour) },
	"dutyshift": func(d *doing) string { return d.shifts(d.fill("$dutyroom"), "")[0] },
	"drafted": func(d *doing) string {
		room := d.fill("$dutyroom")
		d.shifts(room, "")
		return room
	},
	"ownshift": func(d *doing) string { // a day each, so that nobody has two at once
		d.n++
		room, from := d.fill("$dutyroom"), time.Duration(60+24*d.n)*time.Hour
		id := d.shifts(room, d.person("operator"), from)[0]
		d.made("duty_lead", "POST", "/api/v1/rooms/"+room+"/roster/publish", `{"from":"`+d.at(from-time.Hour)+`","to":"`+d.at(from+5*time.Hour)+`"}`)
		return id
	},
	"shiftpattern": func(d *doing) string {
		return d.fill(`{"name":"$word","shifts":[{"name":"A","begin":"08:00","end":"20:00","staff":1}],"days":[],"cycle":[],"teams":[]}`)
	},
	"patterned": func(d *doing) string {
		return d.made("duty_lead", "POST", "/api/v1/rooms/"+d.fill("$dutyroom")+"/shift-patterns", d.fill("$shiftpattern"))
	},
	"ownleave": func(d *doing) string { // another time each
		d.n++
		at := time.Duration(2000+24*d.n) * time.Hour
		return `{"room":"` + d.fill("$dutyroom") + `","kind":"personal","from":"` + d.at(at) + `","to":"` + d.at(at+time.Hour) + `","reason":"at the school"}`
	},
	"toldleave": func(d *doing) string {
		return strings.Replace(d.fill("$ownleave"), "{", `{"person":"`+d.person("operator")+`",`, 1)
	},
	"leaveasked": posted("operator", "/leaves", "$ownleave"),
	"leavetold":  posted("duty_lead", "/leaves/entered", "$toldleave"),
	"swap":       posted("operator", "/swaps", `{"shift":"$ownshift","other":"$swapped","reason":"at the school"}`),
	"swapagreed": after("swap", "duty_lead", "/swaps/{}/answer", `{"agree":true}`),
	"departing": func(d *doing) string {
		d.fill("$joined")
		return d.made("colleague", "POST", "/api/v1/departures", `{"relief":"$guard","reason":"the child is unwell"}`)
	},
	"beside": func(d *doing) string { d.fill("$joined"); return "" }, // the colleague keeps watch, the guard in charge
	"letgo":  after("departing", "duty_lead", "/departures/{}/decide", `{"approve":true}`),
	"away": func(d *doing) string {
		d.fill("$joined")
		d.made("colleague", "POST", "/api/v1/presence/absence", `{"cover":"$guard"}`)
		return ""
	},
	"missed": func(d *doing) string { // a prompt to the colleague that nobody answered
		room := d.fill("$joined")
		on := must(duty.Of(d.t.Context(), d.deps.DB.Read(), d.person("colleague")))
		d.n++
		id := fmt.Sprintf("prompt%d", d.n)
		err := d.deps.DB.Tx(d.t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO presence_prompts (id, room, person, attendance, at, due, tile, outcome, outcome_at, told) VALUES (?, ?, ?, ?, 1, 2, 0, 'missed', 3, 1)", id, room, on.Person, on.ID)
			return err
		})
		if err != nil {
			d.t.Fatal(err)
		}
		return id
	},
	"dutyroom": posted("supervisor", "/rooms", `{"name":"$word","areas":[],"head":"$head","staff":1,"hours":"around_the_clock","networks":[]}`),

	"visit":           posted("operator", "/rooms/$dutyroom/visits", `{"kind":"guest","name":"$word","identityKind":"work","identityNumber":"A-110234","reason":"a talk","hostName":"Wang","papers":"7"}`),
	"toldvisit":       after("visit", "operator", "/visits/{}/told", `{"person":"$head","number":"8110"}`),
	"instruction":     posted("leader", "/instructions", `{"kind":"instruction","rooms":["$dutyroom"],"text":"look at the gate"}`),
	"toldinstruction": posted("operator", "/instructions/told", `{"kind":"instruction","rooms":["$dutyroom"],"text":"look at the gate","giver":"$head"}`),
	"within":          after("toldvisit", "operator", "/visits/{}/enter", `{}`),

	"ahead": func(d *doing) string { return d.at(time.Hour) },
	"dutyentry": func(d *doing) string {
		return entryOf(d, `{"room":"$dutyroom","category":"patrol","text":"$word"}`).ID
	},
	"lateentry": func(d *doing) string {
		return entryOf(d, `{"room":"$dutyroom","category":"patrol","text":"$word","late":{"paper":"B-1","second":"`+d.person("operator")+`"}}`).ID
	},
	"dutyreport": func(d *doing) string {
		return entryOf(d, `{"room":"$dutyroom","category":"patrol","text":"$word","report":{"person":"`+d.person("operator")+`","channel":"phone"}}`).Reports[0].ID
	},

	"layout":   posted("operator", "/layouts", `{"name":"$word","size":1,"cells":["$gate"]}`),
	"search":   posted("duty_lead", "/act-searches", `{"name":"$word","query":"kind=camera."}`),
	"act":      func(d *doing) string { return d.done("session.opened")[0].ID },
	"area":     posted("administrator", "/areas", `{"kind":"site","name":"$word"}`),
	"areas":    table("Area,Kind\n$word,site\n"),
	"unit":     posted("administrator", "/units", `{"kind":"department","name":"$word"}`),
	"units":    table("Unit,Kind\n$word,department\n"),
	"cameras":  func(d *doing) string { d.fill("$camera"); return table("Camera,Security grade\n$word,2\n")(d) },
	"people":   table("Username,Phone\n$word,1\n"),
	"company":  posted("administrator", "/units", `{"kind":"guard_company","name":"$word"}`),
	"contract": posted("administrator", "/contracts", `{"unit":"$company","number":"1","until":"$later"}`),
	"standin": func(d *doing) string {
		d.fill("$contract")
		return strings.NewReplacer("standin1", d.fill("$word"), "王五", d.fill("$word"), "110101199001011234", d.fill("$word")).Replace(standIn(d.fill("$company")))
	},
	"stoodin": func(d *doing) string {
		return get[organisation.AdmittedStandIn](d.house, "duty_lead", "POST", "/api/v1/stand-ins", d.fill("$standin"), 201).StandIn.ID
	},
	"fresh":         func(d *doing) string { d.guest(); return "" },
	"guardpassword": func(d *doing) string { return d.passwords["guard"] },
	"briefed": func(d *doing) string {
		d.guest()
		d.made("guard", "POST", "/api/v1/session/briefing", "")
		d.shift.Add((10 * time.Minute).Microseconds())
		return ""
	},
	"leaver": posted("administrator", "/people", `{"username":"$word","displayName":"$word","positions":[]}`),
	"gone":   after("leaver", "administrator", "/people/{}/leave", `{"reason":"of age"}`),
	"given": func(d *doing) string {
		made, _, err := d.deps.Access.CreatePerson(d.t.Context(), access.CommandLine(), account.NewPerson{Username: d.fill("$word")})
		if err != nil {
			d.t.Fatal(err)
		}
		who := d.made("administrator", "PATCH", "/api/v1/people/"+made.ID, `{"positions":["operator"]}`)
		for _, p := range get[struct {
			Items []struct{ ID, Subject string }
		}](d.house, "supervisor", "GET", "/api/v1/proposals?state=proposed", "", 200).Items {
			if p.Subject == who {
				return p.ID
			}
		}
		return ""
	},
	"console": posted("administrator", "/consoles", `{"name":"$word"}`),
	"reporting": func(d *doing) string {
		made := get[kiosk.MadeConsole](d.house, "administrator", "POST", "/api/v1/consoles", `{"name":"`+d.fill("$word")+`"}`, 201)
		d.keys["console"] = http.Header{"Authorization": {"Bearer " + made.Secret}}
		return made.ID
	},
	"profile": func(*doing) string { return strings.Repeat("0a", 32) },
	"token":   posted("administrator", "/tokens", `{"name":"$word","actions":["metrics.read"]}`),
	"position": func(d *doing) string {
		d.made("supervisor", "POST", "/api/v1/positions", `{"code":"$word","name":{"zh":"$word","en":"$word"}}`)
		return d.fill("$word")
	},
	"retiredposition": after("position", "supervisor", "/positions/{}/retire", `{"reason":"by mistake"}`),
	"picture":         func(*doing) string { return base64.StdEncoding.EncodeToString(photo()) },

	"version": func(d *doing) string {
		if waits := get[struct{ Waiting *struct{ ID string } }](d.house, "auditor", "GET", "/api/v1/rights", "", 200).Waiting; waits != nil {
			d.made("supervisor", "POST", "/api/v1/rights/versions/"+waits.ID+"/withdraw", "")
		}
		return d.made("supervisor", "POST", "/api/v1/rights/versions", deeds["POST /api/v1/rights/versions"].body)
	},
	"base": func(d *doing) string {
		return get[struct{ Version struct{ ID string } }](d.house, "auditor", "GET", "/api/v1/rights", "", 200).Version.ID
	},
	"parameter": posted("supervisor", "/parameters/proposals", `{"changes":[{"key":"viewing.lasts","value":"$minutes"}],"reason":"short nights"}`),
	"emergency": func(d *doing) string {
		for _, e := range get[struct{ Items []struct{ ID, State string } }](d.house, "operator", "GET", "/api/v1/emergencies", "", 200).Items {
			if e.State == "running" {
				d.made("operator", "POST", "/api/v1/emergencies/"+e.ID+"/end", `{}`)
			}
		}
		return d.fill("$newemergency")
	},
	"newemergency":  posted("operator", "/emergencies", `{"right":"live_graded","minutes":5,"cause":"fire"}`),
	"pastemergency": after("emergency", "operator", "/emergencies/{}/end", `{}`),
	"toldemergency": after("pastemergency", "operator", "/emergencies/{}/report", `{"report":"there was smoke in the hall, and it is out"}`),

	"purpose": func(d *doing) string {
		d.made("supervisor", "POST", "/api/v1/purposes", deeds["POST /api/v1/purposes"].body)
		return d.fill("$word")
	},
	"retiredpurpose": after("purpose", "supervisor", "/purposes/{}/retire", `{"reason":"by mistake"}`),
	"strictpurpose": func(d *doing) string {
		d.made("supervisor", "PATCH", "/api/v1/purposes/$purpose", `{"needsSecond":true}`)
		return d.fill("$purpose")
	},
	"lowered": func(d *doing) string {
		return d.made("supervisor", "POST", "/api/v1/purposes/proposals", deeds["POST /api/v1/purposes/proposals"].body)
	},

	"camera": posted("technician", "/cameras", `{"name":"$word","main":{"url":"rtsp://192.0.2.77/$word"}}`),
	"room": func(d *doing) string {
		id := d.fill("$camera")
		d.made("technician", "PUT", "/api/v1/cameras/"+id+"/control-room", `{"name":"$word","networks":[]}`)
		return id
	},
	"lost": func(d *doing) string {
		address := "rtsp://192.0.2.40/"
		d.lost.copy = []camera.Remembered{{ID: "lost" + d.fill("$word"), Main: camera.StreamInput{URL: &address}}}
		return ""
	},
	"viewing": func(d *doing) string { return d.state("operator") },
	"owed": func(d *doing) string {
		id := d.made("supervisor", "POST", "/api/v1/purposes/proposals", `{"step":"add","code":"$word","change":{"name":{"zh":"$word","en":"$word"},"basis":{"zh":"x","en":"x"},"reasonAfter":true},"reason":"no time to type"}`)
		d.made("leader", "POST", "/api/v1/purposes/proposals/"+id+"/approve", `{}`)
		at := d.now().UTC()
		return d.made("operator", "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":["$gate"],"from":%q,"to":%q,"purpose":"$word"}`, at.Add(-time.Minute).Format(time.RFC3339), at.Format(time.RFC3339)))
	},
	"bookmark": posted("operator", "/bookmarks", `{"camera":"$gate","at":"$from","title":"$word"}`),
	"snapshot": posted("operator", "/snapshots", `{"camera":"$gate","viewing":"$viewing","at":"2026-11-22T08:30:00Z"}`),
	"ask":      posted("operator", "/second-asks", `{"kind":"viewing","cameras":["$yard"],`+stated+`}`),
	"hold":     posted("supervisor", "/holds", `{"cameras":["$gate"],"from":"$from","to":"$to","kind":"case","owner":"x","reason":"a case","document":"","reviewAt":"$later"}`),
	"released": after("hold", "supervisor", "/holds/{}/release", `{"reason":"is over"}`),
	"order":    posted("supervisor", "/deletions", `{"cameras":["$gate"],"from":"$from","to":"$to","ground":"authority","reason":"by order","document":"$word"}`),
	"lower":    posted("supervisor", "/retention/rules", `{"camera":"$yard","class":"main","reason":"less of it","rule":{"minimumDays":$fewer,"minimumBasis":"own","minimumNote":"a note"}}`),
	"window":   posted("duty_lead", "/maintenance", `{"cameras":["$gate"],"to":"$later","reason":"a lens"}`),
	"loss": func(d *doing) string {
		for _, ago := range []time.Duration{9, 5} { // one to explain, one to sign
			at := d.now().Add(-ago * time.Hour).UnixMicro()
			d.archive.gaps = append(d.archive.gaps, archive.GapRow{Camera: d.gate, Start: at, End: at + 1800e6, Cause: "recorder_stopped"})
		}
		if err := d.deps.Losses.Scan(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		for _, s := range must(d.deps.Losses.List(d.t.Context(), loss.Filter{Camera: d.gate, State: "open"})) {
			return s.ID
		}
		return ""
	},
	"explanation": func(d *doing) string {
		d.made("technician", "POST", "/api/v1/losses/$loss/explain", `{"text":"the power failed"}`)
		return get[struct{ Explanation struct{ ID string } }](d.house, "operator", "GET", d.fill("/api/v1/losses/$loss"), "", 200).Explanation.ID
	},
	"fault": func(d *doing) string {
		d.archive.wrong = []fault.Condition{{Kind: fault.VolumeFull, Subject: "main", Detail: map[string]any{"freeBytes": 1}}}
		if err := d.deps.Faults.Tick(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		return must(d.deps.Faults.List(d.t.Context(), fault.Filter{}))[0].ID
	},
	"lacked": func(d *doing) string {
		d.archive.wrong, d.archive.lacks = []fault.Condition{{Kind: fault.VolumeAway, Subject: "disk2"}}, []string{"disk2"}
		if err := d.deps.Faults.Tick(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		return must(d.deps.Faults.List(d.t.Context(), fault.Filter{}))[0].ID
	},
	"full": func(d *doing) string { d.system.state = "full"; return "" },
	"answered": func(d *doing) string {
		d.made("duty_lead", "POST", "/api/v1/storage/shortage$full", `{"record":["$gate"],"reason":"the entrance first"}`)
		return ""
	},
	"frozen": func(d *doing) string {
		return d.confirmation("leader", "looked at")
	},

	"operatorpassword": password("operator"), "supervisorpassword": password("supervisor"), "colleaguepassword": password("colleague"),
	"leadpassword": password("lead"), "leaderpassword": password("leader"), "deputypassword": password("deputy"),
	"nextpassword": func(*doing) string { return "nobody-else-knows-it" },
	"once":         func(d *doing) string { d.person("colleague"); d.keys["once"] = d.signIn("colleague"); return "" },
	"twice":        func(d *doing) string { d.person("colleague"); d.signIn("colleague"); return d.fill("$once") },
	"signedin":     func(d *doing) string { d.fill("$once"); return d.people["colleague"] },
	"othersession": func(d *doing) string {
		d.fill("$twice")
		for _, s := range get[struct {
			Items []struct {
				ID   string
				Here bool
			}
		}](d.house, "once", "GET", "/api/v1/sessions", "", 200).Items {
			if !s.Here {
				return s.ID
			}
		}
		return ""
	},
	"locked": func(d *doing) string { d.fill("$once"); d.made("once", "POST", "/api/v1/session/lock", ""); return "" },

	"setuptoken": func(d *doing) string { return must(d.deps.Access.SetupToken(d.t.Context())).Reveal() },
	"identity": func(d *doing) string {
		who := account.Vouched{Directory: "campus", Issuer: "https://campus.example", Subject: d.fill("$word"), Username: d.fill("$word"), DisplayName: "x"}
		_, _ = d.deps.Access.Enter(d.t.Context(), who, access.Origin{}) // nobody's yet
		for _, i := range must(d.deps.Access.Identities(d.t.Context(), access.ActorOf(d.person("administrator"), access.Administrator))) {
			if i.Username == who.Username {
				return i.ID
			}
		}
		return ""
	},
	"linked": func(d *doing) string {
		d.made("administrator", "POST", "/api/v1/identities/$identity/link", `{"person":"$leaver"}`)
		return d.fill("$identity")
	},
	"shared": func(d *doing) string {
		touch := func(as, address, path, body string) string {
			d.shift.Add((20 * time.Second).Microseconds())
			r := d.request(as, "POST", path, body)
			r.RemoteAddr = address + ":1234"
			value, _, _ := strings.Cut(serve(d.handler, r).Header().Get("Set-Cookie"), ";")
			return value
		}
		for as, address := range map[string]string{"room": "192.0.2.10", "office": "198.51.100.20"} {
			d.keys[as] = http.Header{"Cookie": {touch("guest", address, "/api/v1/session", d.fill(`{"username":"colleague","password":"$colleaguepassword"}`))}}
		}
		touch("room", "192.0.2.10", "/api/v1/session/input", "")
		touch("office", "198.51.100.20", "/api/v1/session/input", "")
		touch("room", "192.0.2.10", "/api/v1/session/input", "")
		return get[struct{ Items []struct{ ID string } }](d.house, "lead", "GET", "/api/v1/shared-logins", "", 200).Items[0].ID
	},
	"review": func(d *doing) string {
		return get[struct{ Items []struct{ ID string } }](d.house, "auditor", "GET", "/api/v1/rights-reviews", "", 200).Items[0].ID
	},
	"reviewed": func(d *doing) string {
		for _, i := range get[struct{ Items []struct{ ID, Person string } }](d.house, "auditor", "GET", d.fill("/api/v1/rights-reviews/$review"), "", 200).Items {
			if i.Person == d.person("operator") {
				return i.ID
			}
		}
		return ""
	},

	"leadkey": func(d *doing) string {
		if d.key("lead"); d.totp == "" {
			d.totp, _ = d.app("lead")
			d.enrol("lead", d.pass)
		}
		return ""
	},
	"leadcode": func(d *doing) string {
		d.fill("$leadkey")
		d.shift.Add((time.Minute).Microseconds())
		return d.codeOf(d.totp, 0)
	},
	"leadfactor": func(d *doing) string {
		d.fill("$leadkey")
		return d.enrol("lead", authenticator.New(d.t, "watch.example.org", "https://watch.example.org"))
	},
	"technician": func(d *doing) string { return d.person("technician") },
	"technicianfactor": func(d *doing) string {
		return d.enrol("technician", authenticator.New(d.t, "watch.example.org", "https://watch.example.org"))
	},
	"principal": func(d *doing) string { return d.person("principal") },
	"number":    func(d *doing) string { d.n++; return fmt.Sprintf("%010d", 4719000000+d.n) },
	"lockedcard": func(d *doing) string {
		d.key("principal")
		id := d.card("principal", d.fill("$number"))
		get[factor.Enrolled](d.house, "principal", "POST", "/api/v1/session/factors/card/pin", d.pinOf("principal", d.fill("$number")), 201)
		for range 5 {
			_, _ = d.deps.Factors.Cards.Try(d.t.Context(), d.person("principal"), secret.Text(d.fill("$number")), "111111", access.Origin{})
		}
		return id
	},
	"cardpin": func(d *doing) string {
		d.card("deputy", d.fill("$number"))
		return d.pinOf("deputy", d.fill("$number"))
	},
	"totp": func(d *doing) string {
		begun := get[factor.TOTPBeginning](d.house, "deputy", "POST", "/api/v1/session/factors/totp", d.confirmationOf("deputy"), 200)
		return fmt.Sprintf(`{"ticket":%q,"code":%q,"name":"x"}`, begun.Ticket, d.codeOf(secret.Text(begun.Secret), 0))
	},
	"newkey": func(d *doing) string {
		return d.enrolment("deputy", authenticator.New(d.t, "watch.example.org", "https://watch.example.org"))
	},
	"half": func(d *doing) string { d.fill("$leadkey"); d.half("lead", "half"); return "" },
	"keyalone": func(d *doing) string {
		d.fill("$leadkey")
		d.challenge("guest", "/api/v1/session/passkey/options")
		return ""
	},
	"keysecond": func(d *doing) string {
		d.fill("$half")
		d.challenge("half", "/api/v1/session/second/passkey/options")
		return ""
	},
	"keylocked": func(d *doing) string {
		d.fill("$leadkey")
		d.shift.Add((5 * time.Minute).Microseconds()) // proofs are counted
		serve(d.handler, d.request("lead", "POST", "/api/v1/session/lock", ""))
		d.challenge("lead", "/api/v1/session/unlock/passkey/options")
		return ""
	},
	"halfvouched": func(d *doing) string {
		d.fill("$leadkey")
		w := serve(d.handler, d.request("operator", "POST", d.fill("/api/v1/second-asks/$ask/vouch"), d.fill(`{"username":"lead","password":"$leadpassword"}`)))
		d.keys["step"] = d.with("operator", w)
		return d.fill("$ask")
	},
	"keyvouched": func(d *doing) string {
		d.challenge("step", "/api/v1/second-asks/"+d.fill("$halfvouched")+"/vouch/passkey/options")
		return d.fill("$ask")
	},
	"answer": func(d *doing) string { return d.answer },

	"startchecks": func(d *doing) string { start, _ := d.duties.Watch.Checks(); return inOrder(start) },
	"closechecks": func(d *doing) string { _, closing := d.duties.Watch.Checks(); return inOrder(closing) },
	"watched": func(d *doing) string { // by nobody; and nobody keeps watch elsewhere
		d.relieve()
		delete(d.keys, "colleague") // whose session may have ended with the time that passed
		return d.made("supervisor", "POST", "/api/v1/rooms", `{"name":"$word","areas":[],"head":"$head","staff":1,"hours":"business","networks":[]}`)
	},
	"kept":   after("watched", "operator", "/rooms/{}/sign-on", `{"reason":"not planned","checks":$startchecks}`),
	"joined": after("kept", "colleague", "/rooms/{}/sign-on", `{"reason":"not planned","checks":$startchecks}`),
	"halfsigned": func(d *doing) string {
		d.fill("$leadkey")
		id := d.fill("$watched")
		w := serve(d.handler, d.request("operator", "POST", "/api/v1/rooms/"+id+"/sign-on/password", d.fill(`{"username":"lead","password":"$leadpassword","what":{"reason":"not planned","checks":$startchecks}}`)))
		d.keys["step"] = d.with("operator", w)
		return id
	},
	"keysigned": func(d *doing) string {
		id := d.fill("$halfsigned")
		d.challenge("step", "/api/v1/rooms/"+id+"/sign-on/passkey/options")
		return id
	},
	"tocolleague": func(d *doing) string { return d.statement("colleague") },
	"ready": func(d *doing) string {
		room := d.fill("$joined")
		d.headed(room)
		return d.made("operator", "POST", "/api/v1/rooms/"+room+"/handover", "")
	},
	"handed": func(d *doing) string { return d.handed("colleague") },
	"passed": func(d *doing) string {
		id := d.handed("colleague")
		return d.made("operator", "POST", "/api/v1/handovers/"+id+"/incoming/password", `{"username":"colleague","password":"$colleaguepassword","what":$read}`)
	},
	"read": func(d *doing) string { // all that the sheet names and what came up since
		var read []string
		one := get[struct {
			Items, Added []struct{ Kind, ID string }
		}](d.house, "operator", "GET", "/api/v1/handovers/"+d.handover, "", 200)
		for _, i := range slices.Concat(one.Items, one.Added) {
			read = append(read, fmt.Sprintf(`{"kind":%q,"id":%q}`, i.Kind, i.ID))
		}
		return `{"acknowledged":[` + strings.Join(read, ",") + `]}`
	},
	"halfout": func(d *doing) string {
		d.fill("$leadkey")
		room := d.fill("$watched")
		d.made("lead", "POST", "/api/v1/rooms/"+room+"/sign-on", `{"checks":$startchecks}`)
		d.made("colleague", "POST", "/api/v1/rooms/"+room+"/sign-on", `{"checks":$startchecks}`)
		d.headed(room)
		id := d.made("lead", "POST", "/api/v1/rooms/"+room+"/handover", "")
		d.halfway("/api/v1/handovers/"+id+"/outgoing/password", "$tocolleague")
		return id
	},
	"keyout": func(d *doing) string {
		id := d.fill("$halfout")
		d.challenge("step", "/api/v1/handovers/"+id+"/outgoing/passkey/options")
		return id
	},
	"signedout": func(d *doing) string {
		return strings.TrimSuffix(d.answer, "}") + `,"what":` + d.statement("colleague") + `}`
	},
	"halfin": func(d *doing) string {
		d.fill("$leadkey")
		id := d.handed("lead")
		d.halfway("/api/v1/handovers/"+id+"/incoming/password", "$read")
		return id
	},
	"keyin": func(d *doing) string {
		id := d.fill("$halfin")
		d.challenge("step", "/api/v1/handovers/"+id+"/incoming/passkey/options")
		return id
	},
	"signedtake": func(d *doing) string {
		return strings.TrimSuffix(d.answer, "}") + `,"what":` + d.fill("$read") + `}`
	},
	"signed": func(d *doing) string {
		return strings.TrimSuffix(d.answer, "}") + `,"what":` + d.fill(`{"reason":"not planned","checks":$startchecks}`) + `}`
	},
}

// statement is what the outgoing says who hands over to somebody.
func (h *house) statement(to string) string {
	var counts []string
	for _, item := range h.duties.Handovers.Counted() {
		counts = append(counts, fmt.Sprintf(`{"item":%q,"count":2,"complete":true}`, item))
	}
	return fmt.Sprintf(`{"incoming":%q,"fit":true,"round":true,"remarks":"交接完毕","counts":[%s]}`, h.person(to), strings.Join(counts, ","))
}

// headed writes the head of the duty record of a room, without which no watch ends.
func (h *house) headed(room string) {
	h.t.Helper()
	h.key("supervisor")
	get[struct{}](h, "supervisor", "POST", "/api/v1/duty-heads", fmt.Sprintf(`{"room":%q,"from":%q,"to":%q,"weather":"fair","persons":[],"online":1,"total":1,"recording":"normal","clock":"normal","power":"normal","hourly":[],"version":0}`,
		room, h.now().Add(-time.Hour).UTC().Format(time.RFC3339), h.now().Add(8*time.Hour).UTC().Format(time.RFC3339)), 201)
}

// handed is a handover that the operator has signed for somebody who is there.
func (d *doing) handed(to string) string {
	d.t.Helper()
	room := d.fill("$kept")
	d.headed(room)
	d.made(to, "POST", "/api/v1/rooms/"+room+"/sign-on", `{"checks":$startchecks}`)
	d.handover = d.made("operator", "POST", "/api/v1/rooms/"+room+"/handover", "")
	d.made("operator", "POST", "/api/v1/handovers/"+d.handover+"/outgoing/password", `{"username":"operator","password":"$operatorpassword","what":`+d.statement(to)+`}`)
	return d.handover
}

// halfway has the lead take the first of two steps at the console of the operator.
func (d *doing) halfway(path, what string) {
	d.t.Helper()
	w := serve(d.handler, d.request("operator", "POST", path, d.fill(`{"username":"lead","password":"$leadpassword","what":`+what+`}`)))
	if w.Code != 401 {
		d.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	d.keys["step"] = d.with("operator", w)
}

// inOrder looks at everything on a list and finds it as it should be.
func inOrder(items []string) string {
	seen := make([]string, len(items))
	for i, item := range items {
		seen[i] = fmt.Sprintf(`{"item":%q,"ok":true}`, item)
	}
	return "[" + strings.Join(seen, ",") + "]"
}

// relieve ends the watch of everybody: whoever is in charge of a room closes it.
func (h *house) relieve() {
	h.t.Helper()
	ctx := h.t.Context()
	_, closing := h.duties.Watch.Checks()
	var seen []duty.Check
	for _, item := range closing {
		seen = append(seen, duty.Check{Item: item, OK: true})
	}
	for _, r := range must(duty.All(ctx, h.deps.DB.Read())) {
		if t := must(duty.Running(ctx, h.deps.DB.Read(), r.ID)); t != nil && t.Kind == duty.Kept {
			must(h.duties.Watch.Close(ctx, access.ActorOf(t.Person, access.Supervisor), r.ID, duty.Closing{StandBy: r.Head, Phone: "8110", Checks: seen}))
		}
	}
}

// with gives somebody's keys with the cookies of an answer.
func (d *doing) with(as string, w *httptest.ResponseRecorder) http.Header {
	parts := map[string]string{}
	for _, c := range strings.Split(d.keys[as].Get("Cookie"), "; ") {
		if name, value, ok := strings.Cut(c, "="); ok {
			parts[name] = value
		}
	}
	for _, c := range w.Result().Cookies() {
		parts[c.Name] = c.Value
	}
	var all []string
	for name, value := range parts {
		all = append(all, name+"="+value)
	}
	return http.Header{"Cookie": {strings.Join(all, "; ")}}
}

// challenge asks for a challenge, and has the answer of the lead's passkey ready.
func (d *doing) challenge(as, path string) {
	d.t.Helper()
	w := serve(d.handler, d.request(as, "POST", path, ""))
	var options passkey.KeyRequest
	if err := json.Unmarshal(w.Body.Bytes(), &options); err != nil || w.Code != 200 {
		d.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	d.keys["asked"], d.answer = d.with(as, w), d.credential(d.pass.Get(d.t, options.Challenge))
}

func (d *doing) enrolment(as string, k *authenticator.Key) string {
	d.t.Helper()
	d.key(as)
	begun := get[factor.PasskeyBeginning](d.house, as, "POST", "/api/v1/session/factors/passkeys", d.confirmationOf(as), 200)
	return `{"ticket":"` + begun.Ticket + `","name":"` + d.fill("$word") + `","credential":` + d.credential(k.Create(d.t, begun.Options.Challenge, d.person(as))) + `}`
}

// enrol adds a passkey and gives its id.
func (d *doing) enrol(as string, k *authenticator.Key) string {
	d.t.Helper()
	d.key(as)
	return get[factor.Enrolled](d.house, as, "POST", "/api/v1/session/factors/passkeys/confirm", d.enrolment(as, k), 201).Factor.ID
}

// card gives somebody another card, whose sessions go on, and gives its id.
func (d *doing) card(as, number string) string {
	d.t.Helper()
	person, by := d.person(as), access.ActorOf(d.person("administrator"), access.Administrator)
	cards := d.deps.Factors.Cards
	draft, err := cards.Draft(by, person, secret.Text(number), "x")
	if err != nil {
		d.t.Fatal(err)
	}
	err = d.deps.DB.Tx(d.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := card.Ended(ctx, tx, by, person, d.now().UnixMicro(), "another"); err != nil {
			return err
		}
		_, err := cards.Issue(ctx, tx, by, draft, access.Origin{})
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return draft.ID()
}

// pinOf chooses a PIN.
func (d *doing) pinOf(as, number string) string {
	return fmt.Sprintf(`{"password":%q,"card":%q,"pin":"804137"}`, d.passwords[as], number)
}
