package api

import (
	"watchroom/internal/api/area"
	"watchroom/internal/api/camera"
	"watchroom/internal/api/capacity"
	"watchroom/internal/api/certificate"
	"watchroom/internal/api/company"
	"watchroom/internal/api/controlroom"
	"watchroom/internal/api/coverage"
	"watchroom/internal/api/deletion"
	"watchroom/internal/api/duty"
	"watchroom/internal/api/emergency"
	"watchroom/internal/api/factor"
	"watchroom/internal/api/hold"
	"watchroom/internal/api/kiosk"
	"watchroom/internal/api/ledger"
	"watchroom/internal/api/live"
	"watchroom/internal/api/loss"
	"watchroom/internal/api/mask"
	"watchroom/internal/api/organisation"
	"watchroom/internal/api/parameter"
	"watchroom/internal/api/people"
	"watchroom/internal/api/position"
	"watchroom/internal/api/proposal"
	"watchroom/internal/api/purpose"
	"watchroom/internal/api/retention"
	"watchroom/internal/api/review"
	"watchroom/internal/api/rights"
	"watchroom/internal/api/route"
	"watchroom/internal/api/second"
	"watchroom/internal/api/session"
	"watchroom/internal/api/sharedlogin"
	"watchroom/internal/api/sidedoor"
	"watchroom/internal/api/signin"
	"watchroom/internal/api/storage"
	"watchroom/internal/api/stream"
	"watchroom/internal/api/system"
	"watchroom/internal/api/timeline"
	"watchroom/internal/api/trace"
	"watchroom/internal/api/trail"
	"watchroom/internal/api/viewing"
	"watchroom/internal/api/wall"
)

const (
	title = "Watchroom API"
	about = `Everything that the screens of Watchroom do goes through these operations.

Sign in with POST /api/v1/session, which sets a cookie, or send a scoped token as "Authorization: Bearer wr_…". Ids are strings of 13 characters. Times are RFC 3339 in UTC with up to microseconds. Refusals and failures are problems as RFC 9457 describes them, with a stable code and values for the translated text.

Nobody sees recorded footage before a viewing, with its reason, is on record.`
)

// tags are the chapters of the document.
func tags() []route.Tag {
	return []route.Tag{
		{Name: "Session", About: "Signing in and out, and the first account."},
		{Name: "Second factors", About: "What people show besides the password: an authenticator app, passkeys, codes on paper."},
		{Name: "Cameras", About: "The register of cameras with the state of each at this moment."},
		{Name: "Live", About: "Moving pictures of now. Who looks at what is on record before the first picture."},
		{Name: "Timeline", About: "What was recorded, and every gap with its cause."},
		{Name: "Coverage", About: "How much of each day was recorded, and when recording is demanded: schedules and maintenance windows."},
		{Name: "Losses and faults", About: "Who answers for missing footage, and what is wrong with the storage until it is proved right."},
		{Name: "Capacity", About: "How long recordings can be kept, and when the disks are full."},
		{Name: "Transparency log", About: "What was recorded and done, in a tree that only grows and is signed, so that an outsider can check it."},
		{Name: "Audit trail", About: "Who did what, from where, why and by what right, with the proof of it."},
		{Name: "Playback", About: "The past. A viewing says who looks at which cameras, and why; everything else hangs below it."},
		{Name: "Proposals", About: "What one person proposes and another confirms."},
		{Name: "Purposes", About: "What footage may be looked at for, each purpose with its legal basis."},
		{Name: "Second persons", About: "Where the rules demand two people: asking for the second, and agreeing to just one act."},
		{Name: "Present", About: "Who else is at the screen."},
		{Name: "Snapshots", About: "Still pictures that somebody kept."},
		{Name: "Bookmarks", About: "Marks in the footage, append-only."},
		{Name: "Rights", About: "What positions may do, by themselves and by the rules of the house; who asks for other rules never approves them."},
		{Name: "Emergency rights", About: "Rights that somebody takes for some minutes when nobody can be asked. Leaders are told at once, and a report is due."},
		{Name: "Review of rights", About: "Who holds what, confirmed or withdrawn by somebody else; reports from the trail."},
		{Name: "Retention", About: "What is kept for how long, how each camera stands to that, and what was removed by which ground. No operation removes footage."},
		{Name: "Holds", About: "Footage that nothing removes while a case, a notice or a request is open. Its release takes two people."},
		{Name: "Deletion orders", About: "The lawful order, the one way below the minimum. It takes three people."},
		{Name: "Parameters", About: "What the institution sets within bounds, each value with the demand that it serves. One person proposes, another approves."},
		{Name: "Watch", About: "Control rooms, who answers for each at any minute, who keeps watch, and what they hand over."},
		{Name: "Duty record", About: "What the watch of a room writes down and what the program writes itself: entries, corrections, reports, follow-ups and the head of each shift. Nothing that was said changes."},
		{Name: "Wall layouts", About: "Which camera hangs where."},
		{Name: "People", About: "Accounts and positions."},
		{Name: "Organisation", About: "Units and contracts, the files of people, who leaves and who stands in; tables in and out."},
		{Name: "Areas", About: "Sites, buildings, floors and zones as a tree. Cameras hang in them, and rights are given for them."},
		{Name: "Tokens", About: "Keys of programs, each with a few rights."},
		{Name: "System", About: "How the server is doing."},
		{Name: "Storage", About: "Recording disks and archive tiers: where footage lies and how much room there is."},
		{Name: "Events", About: "What happens, as it happens."},
		{Name: "Operation", About: "For those who run the server. Figures for Prometheus are at /metrics, for loopback and tokens with metrics.read."},
	}
}

// chapters are the routes of every domain.
type chapters struct {
	session      session.Routes
	signin       signin.Routes
	certificate  certificate.Routes
	people       people.Routes
	emergency    emergency.Routes
	review       review.Routes
	shared       sharedlogin.Routes
	kiosk        kiosk.Routes
	area         area.Routes
	organisation organisation.Routes
	factor       factor.Routes
	camera       camera.Routes
	mask         mask.Routes
	sidedoor     sidedoor.Routes
	controlroom  controlroom.Routes
	timeline     timeline.Routes
	coverage     coverage.Routes
	loss         loss.Routes
	capacity     capacity.Routes
	viewing      viewing.Routes
	live         live.Routes
	wall         wall.Routes

	retention retention.Routes
	rights    rights.Routes
	hold      hold.Routes
	deletion  deletion.Routes
	ledger    ledger.Routes
	trail     trail.Routes
	trace     trace.Routes
	parameter parameter.Routes
	proposal  proposal.Routes
	purpose   purpose.Routes
	position  position.Routes
	company   company.Routes
	second    second.Routes
	duty      duty.Routes

	system  system.Routes
	storage storage.Routes
	stream  stream.Routes
}

// register adds them in the order in which the document tells them.
func (c *chapters) register(r *route.Router) {
	c.session.Register(r)
	c.signin.Register(r)
	c.people.Register(r)
	c.shared.Register(r)
	c.kiosk.Register(r)
	c.factor.Register(r)
	c.organisation.Register(r)
	c.area.Register(r)
	c.camera.Register(r)
	c.mask.Register(r)
	c.sidedoor.Register(r)
	c.controlroom.Register(r)
	c.live.Register(r)
	c.timeline.Register(r)
	c.coverage.Register(r)
	c.loss.Register(r)
	c.capacity.Register(r)
	c.viewing.Register(r)
	c.retention.Register(r)
	c.rights.Register(r)
	c.emergency.Register(r)
	c.review.Register(r)
	c.hold.Register(r)
	c.deletion.Register(r)
	c.ledger.Register(r)
	c.trail.Register(r)
	c.trace.Register(r)
	c.parameter.Register(r)
	c.proposal.Register(r)
	c.purpose.Register(r)
	c.position.Register(r)
	c.company.Register(r)
	c.second.Register(r)
	c.wall.Register(r)
	c.duty.Register(r)
	c.system.Register(r)
	c.certificate.Register(r)
	c.storage.Register(r)
	c.stream.Register(r)
}

// OpenAPI is the document of the interface, OpenAPI 3.1, as indented JSON. It
// needs no running server.
func OpenAPI() ([]byte, error) {
	r := route.New(route.Options{Title: title, About: about, Tags: tags()})
	new(chapters).register(r)
	new(Deps).operations(r)
	return r.Document()
}
