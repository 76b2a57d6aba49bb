package api

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/emergency"
	"watchroom/internal/api/route"
	"watchroom/internal/api/system"
	"watchroom/internal/archive"
	"watchroom/internal/archive/fault"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/loss"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/plan"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/camera"
	"watchroom/internal/camera/wall"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/duty"
	"watchroom/internal/duty/notice"
	"watchroom/internal/duty/visitor"
	"watchroom/internal/ledger"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// cameraSecret begins the passwords of cameras. No answer may hold one.
const cameraSecret = "planted-camera-secret"

// corner is one of two areas: a camera in it, and a record of every kind about it.
type corner struct {
	area, camera, name string

	hold, order, rule, window, loss, fault, bookmark, snapshot, layout, viewing, ask, act string

	room, visit, instruction, handover string // a control room of the area, somebody who came to it, what it was told, and a handover there
}

// marks are what nobody from elsewhere may find in an answer.
func (c *corner) marks() []string {
	return []string{c.camera, c.name, c.hold, c.order, c.rule, c.window, c.loss, c.fault, c.bookmark, c.snapshot, c.layout, c.viewing, c.ask, c.act, c.room, c.handover, "room of the " + c.area, c.visit, "visitor of the " + c.area, c.instruction, "instruction to the " + c.area}
}

// doors is a house of two areas with somebody in every position, who holds it in the first
// area only, but for the administrator, whose position is held everywhere.
type doors struct {
	*house
	east, west corner
	own, walls map[string]string // viewings and layouts of the east, by user name
	emergency  string            // that somebody has taken who is held everywhere
	secrets    []string
}

func newDoors(t *testing.T, records *db.DB) *doors {
	t.Helper()
	d := &doors{house: newHouseOn(t, records), walls: map[string]string{}, own: map[string]string{}}
	d.east, d.west = corner{area: "east", camera: d.gate, name: "东门"}, corner{area: "west", camera: d.yard, name: "Yard"}
	d.deps.Rights.Places = func(ctx context.Context, _ bun.IDB) (map[string]access.Place, error) {
		return map[string]access.Place{d.gate: {Areas: []string{"east", "campus"}, Grade: 1}, d.yard: {Areas: []string{"west", "campus"}, Grade: 1}}, nil
	}
	d.deps.Cameras.Chain = func(_ context.Context, _ bun.IDB, area string) ([]string, error) {
		return []string{area, "campus"}, nil
	}
	d.duties.Rooms.Chain, d.duties.Rooms.Heads = d.deps.Cameras.Chain, nil
	for _, p := range access.Positions() {
		held := access.Everywhere(p)
		if p != access.Administrator {
			held[0].Areas = []string{"east"}
		}
		if p.Boxed() {
			held[0].Until = d.now().AddDate(1, 0, 0).UnixMicro()
		}
		name := string(p)
		password := secret.Text("correct-horse-" + name + "-7")
		made, _, err := d.deps.Access.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{
			Username: name, DisplayName: strings.ToUpper(name), Holdings: held, Password: password})
		if err != nil {
			t.Fatal(err)
		}
		d.people[name], d.passwords[name] = made.ID, password.Reveal()
		d.secrets = append(d.secrets, password.Reveal(), strings.TrimPrefix(d.key(name).Get("Cookie"), "watchroom_session="))
	}
	for _, c := range []*corner{&d.east, &d.west} {
		password := secret.Text(cameraSecret + "-" + c.area)
		if _, err := d.deps.Cameras.Update(t.Context(), access.CommandLine(), c.camera, camera.Change{Main: &camera.StreamInput{Password: &password}}); err != nil {
			t.Fatal(err)
		}
		d.secrets = append(d.secrets, password.Reveal())
		d.furnish(c)
	}
	for _, p := range access.Positions() {
		if slices.Contains(p.Rights(), access.PlaybackView) {
			v := d.view(access.ActorOf(d.people[string(p)], p), &d.east)
			d.own[string(p)] = v
		}
		if slices.Contains(p.Rights(), access.LiveView) {
			d.walls[string(p)] = must(d.deps.Layouts.Create(t.Context(), access.ActorOf(d.people[string(p)], p), wall.Input{Name: "own", Size: 1, Cells: []*string{&d.east.camera}})).ID
		}
	}
	d.emergency = must(d.deps.Emergencies.Take(t.Context(), access.ActorOf(d.person("deputy"), access.DutyLead), emergency.Taking{Right: emergency.LiveGraded, Cause: "fire"})).ID
	_, value, err := d.deps.Access.CreateToken(t.Context(), access.CommandLine(), account.NewToken{
		Person: d.people["operator"], Name: "signage", Actions: []access.Action{access.CameraRead}})
	if err != nil {
		t.Fatal(err)
	}
	d.secrets = append(d.secrets, value.Reveal())
	return d
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// view opens a viewing of an hour of footage.
func (d *doors) view(actor access.Actor, c *corner) string {
	d.t.Helper()
	to := d.now()
	v := must(d.deps.Viewings.Open(d.t.Context(), actor, []string{c.camera}, to.Add(-time.Hour).UnixMicro(), to.UnixMicro(), disclosure.Purpose("incident"), "南门附近有人倒地"))
	return v.ID
}

// roomOf is the control room of a corner with another staff.
func (d *doors) roomOf(c *corner) string {
	return fmt.Sprintf(`{"name":"room of the %s","areas":[%q],"head":%q,"staff":1,"hours":"around_the_clock","networks":[]}`, c.area, c.area, d.person("deputy"))
}

// furnish makes a record of every kind about the camera of a corner, by somebody who may
// everything everywhere.
func (d *doors) furnish(c *corner) {
	d.t.Helper()
	t, ctx, now := d.t, d.t.Context(), d.now()
	all := access.ActorOf(d.person("deputy"), access.Supervisor, access.DutyLead, access.Technician)
	c.viewing = d.view(all, c)
	c.room = must(d.duties.Rooms.Add(ctx, all, duty.Content{Name: "room of the " + c.area, Areas: []string{c.area}, Head: all.Person, Staff: 2, Hours: duty.RoundTheClock})).ID
	c.visit = must(d.duties.Visitors.Add(ctx, all, c.room, visitor.New{Kind: visitor.Guest, Content: visitor.Content{Name: "visitor of the " + c.area, IDKind: "work", IDNumber: "A-110234", Reason: "a talk", HostName: "Wang"}})).ID
	err := d.deps.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return d.duties.Handovers.Taking(ctx, tx, all, *must(duty.Running(ctx, tx, c.room)))
	})
	if err != nil {
		t.Fatal(err)
	}
	c.handover = must(d.duties.Handovers.List(ctx, all, c.room, 0, 1))[0].ID
	sits := all
	sits.Session = "a-session"
	c.ask = must(d.deps.Viewings.Seconds.Put(ctx, sits, second.Wish{Kind: second.Live, Cameras: []string{c.camera}})).ID
	c.instruction = must(d.duties.Notices.Give(ctx, all, notice.New{Kind: notice.Instruction, Rooms: []string{c.room}, Text: "instruction to the " + c.area})).ID
	c.bookmark = must(d.deps.Bookmarks.Create(ctx, all, bookmark.New{Camera: c.camera, At: now.Add(-time.Minute).UnixMicro(), Title: "a mark in the " + c.area})).ID
	c.snapshot = must(d.deps.Snapshots.Take(ctx, all, snapshot.New{Camera: c.camera, At: now.Add(-time.Minute).UnixMicro()}, []byte("\xff\xd8jpeg"))).ID
	old := must(d.deps.Snapshots.Take(ctx, all, snapshot.New{Camera: c.camera, At: now.Add(-3 * time.Minute).UnixMicro()}, []byte("\xff\xd8jpeg")))
	must(d.deps.Snapshots.Lapse(ctx, c.camera, []retention.Picture{{ID: old.ID, At: old.At}}, func(_ context.Context, _ bun.IDB, some []retention.Picture) ([]retention.Picture, string, error) {
		return some, "default", nil
	}))
	c.layout = must(d.deps.Layouts.Create(ctx, all, wall.Input{Name: "wall of the " + c.area, Size: 1, Cells: []*string{&c.camera}, Shared: true})).ID
	from, to, later := now.Add(-2*time.Hour).UnixMicro(), now.Add(-time.Hour).UnixMicro(), now.Add(24*time.Hour).UnixMicro()
	c.hold = must(d.deps.Holds.Place(ctx, all, hold.New{Kind: "case", Owner: "x", Reason: "a case", Cameras: []string{c.camera}, From: from, To: to, ReviewAt: later})).ID
	must(d.deps.Holds.AskRelease(ctx, all, c.hold, "is over"))
	c.order = must(d.deps.Orders.Request(ctx, all, order.New{Ground: "authority", Reason: "by order", Document: "12", Cameras: []string{c.camera}, From: from, To: to})).ID
	c.rule = must(d.deps.Rules.Set(ctx, all, retention.Wish{Camera: c.camera, Class: retention.Main, Reason: "less of it", Rule: retention.Rule{MinDays: 60, MinBasis: "own", MinNote: "a note"}})).ID
	c.window = must(d.deps.Plans.Place(ctx, all, plan.NewWindow{Cameras: []string{c.camera}, To: later, Reason: "a lens"})).ID
	must(d.deps.Plans.Set(ctx, all, plan.Schedule{Camera: c.camera, Kind: plan.Always, Reason: "always"}))
	lost := now.Add(map[string]time.Duration{"east": -9 * time.Hour, "west": -5 * time.Hour}[c.area]).UnixMicro()
	d.archive.gaps = append(d.archive.gaps, archive.GapRow{Camera: c.camera, Start: lost, End: lost + 1800e6, Cause: "recorder_stopped"})
	if err := d.deps.Losses.Scan(ctx); err != nil {
		t.Fatal(err)
	}
	for _, s := range must(d.deps.Losses.List(ctx, loss.Filter{Camera: c.camera})) {
		c.loss = s.ID
	}
	err = d.deps.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		gone := archive.Tombstone{File: c.camera + "/gone.wrs", Camera: c.camera, StartAt: from, EndAt: to, Ground: "maximum", Authority: "default", At: to}
		read := proof.Proof{Camera: c.camera, At: to, Verdict: "ok"}
		if _, err := tx.NewInsert().Model(&gone).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&read).Exec(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.archive.wrong = append(d.archive.wrong, fault.Condition{Kind: fault.FootageDamaged, Subject: c.camera})
	if err := d.deps.Faults.Tick(ctx); err != nil {
		t.Fatal(err)
	}
	for _, f := range must(d.deps.Faults.List(ctx, fault.Filter{})) {
		if f.Subject == c.camera {
			c.fault = f.ID
		}
	}
	done, _, err := ledger.List(ctx, d.deps.DB.Read(), ledger.Filter{Kind: "hold.placed"})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range done {
		if a.Camera == c.camera {
			c.act = a.ID
		}
	}
	d.system.alarms = append(d.system.alarms, system.Alarm{ID: "alarm-of-" + c.camera, Code: "camera_silent", Camera: c.camera, Detail: c.name, Since: now.UTC()})
	if slices.Contains(c.marks(), "") {
		t.Fatalf("%+v", c)
	}
}

// knock is a request at a door.
type knock struct{ target, body, kind string }

// knock gives how a route is asked about the records of a corner. One that is not about
// cameras needs no line: its {ids} are then of nobody.
func (d *doors) knock(pattern, as string, c *corner) knock {
	method, path, _ := strings.Cut(pattern, " ")
	k := knock{target: path}
	from, to := d.now().Add(-50*time.Minute).UTC().Format(time.RFC3339), d.now().Add(-40*time.Minute).UTC().Format(time.RFC3339)
	later := d.now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	id := map[string]string{}
	query := map[string]string{}
	for prefix, of := range map[string]string{"/api/v1/cameras": c.camera, "/api/v1/live": c.camera, "/api/v1/holds": c.hold, "/api/v1/deletions": c.order,
		"/api/v1/retention/rules": c.rule, "/api/v1/maintenance": c.window, "/api/v1/losses": c.loss, "/api/v1/storage-faults": c.fault,
		"/api/v1/bookmarks": c.bookmark, "/api/v1/snapshots": c.snapshot, "/api/v1/layouts": c.layout, "/api/v1/acts": c.act, "/api/v1/second-asks": c.ask,
		"/api/v1/emergencies": d.emergency, "/api/v1/rooms": c.room, "/api/v1/handovers": c.handover, "/api/v1/visits": c.visit, "/api/v1/instructions": c.instruction} {
		if strings.HasPrefix(path, prefix+"/") {
			id["{id}"], id["{camera}"] = of, c.camera
		}
	}
	if own := d.walls[as]; own != "" && c == &d.east && strings.HasPrefix(path, "/api/v1/layouts/") {
		id["{id}"] = own
	}
	if strings.HasPrefix(path, "/api/v1/viewings/") {
		id["{id}"], id["{camera}"] = d.own[as], c.camera
		if id["{id}"] == "" {
			id["{id}"] = c.viewing
		}
		if c == &d.west {
			id["{id}"] = c.viewing
		}
		switch {
		case strings.HasSuffix(path, "thumbnail.jpg"):
			query["at"] = from
		case !strings.HasSuffix(path, "/close") && !strings.HasSuffix(path, "/reason"):
			query["from"], query["to"] = from, to
		}
	}
	if path == "/api/v1/company/people" {
		query["text"] = "st"
	}
	if strings.HasPrefix(path, "/api/v1/live/sessions/") {
		id["{id}"] = "live-of-nobody"
	}
	cameras := fmt.Sprintf(`"cameras":[%q]`, c.camera)
	interval := fmt.Sprintf(`"from":%q,"to":%q`, from, to)
	bodies := map[string]string{
		"POST /api/v1/rooms":                               d.roomOf(c),
		"PUT /api/v1/rooms/{id}":                           d.roomOf(c),
		"POST /api/v1/rooms/{id}/retire":                   `{"reason":"x"}`,
		"POST /api/v1/rooms/{id}/sign-on":                  `{"checks":[]}`,
		"POST /api/v1/rooms/{id}/sign-on/password":         `{"username":"nobody","password":"wrong","what":{"checks":[]}}`,
		"POST /api/v1/rooms/{id}/sign-on/code":             `{"kind":"totp","code":"000000","what":{"checks":[]}}`,
		"POST /api/v1/rooms/{id}/sign-on/passkey":          `{"id":"x","type":"public-key","response":{"clientDataJSON":"","authenticatorData":"","signature":""},"what":{"checks":[]}}`,
		"POST /api/v1/rooms/{id}/sign-off":                 `{"reason":""}`,
		"POST /api/v1/rooms/{id}/take-over":                `{"reason":"x"}`,
		"POST /api/v1/rooms/{id}/close":                    `{"standBy":"","phone":"","checks":[]}`,
		"POST /api/v1/rooms/{id}/shifts":                   `{"shifts":[{"name":" ","from":"` + from + `","to":"` + later + `","staff":1,"people":[]}]}`,
		"POST /api/v1/rooms/{id}/shift-patterns":           `{"name":" ","shifts":[],"days":[],"cycle":[],"teams":[]}`,
		"POST /api/v1/rooms/{id}/roster/publish":           `{"from":"` + later + `","to":"` + from + `"}`,
		"POST /api/v1/rooms/{id}/visits":                   `{"kind":"guest","name":" ","reason":"x"}`,
		"POST /api/v1/rooms/{id}/visits/export":            `{"format":"xlsx","from":"` + from + `","to":"` + later + `"}`,
		"POST /api/v1/instructions":                        fmt.Sprintf(`{"kind":"notice","rooms":[%q],"text":" "}`, c.room),
		"POST /api/v1/instructions/told":                   fmt.Sprintf(`{"kind":"notice","rooms":[%q],"text":" ","giver":"x"}`, c.room),
		"POST /api/v1/instructions/{id}/assign":            `{"owner":"x","due":"` + later + `"}`,
		"POST /api/v1/instructions/{id}/countersign":       `{"did":true}`,
		"POST /api/v1/instructions/{id}/result":            `{"note":" "}`,
		"POST /api/v1/instructions/{id}/withdraw":          `{"reason":" "}`,
		"POST /api/v1/visits/{id}/refuse":                  `{"note":""}`,
		"POST /api/v1/visits/{id}/told":                    `{"person":"x","number":"8110"}`,
		"POST /api/v1/visits/{id}/countersign":             `{"did":true}`,
		"POST /api/v1/visits/{id}/leave":                   `{"saw":"nothing"}`,
		"POST /api/v1/visits/{id}/withdraw":                `{"note":""}`,
		"POST /api/v1/visits/{id}/correct":                 `{"name":" ","reason":"x","why":"x"}`,
		"POST /api/v1/handovers/{id}/outgoing/password":    `{"username":"nobody","password":"wrong","what":{"incoming":"x","fit":true,"round":true,"counts":[]}}`,
		"POST /api/v1/handovers/{id}/outgoing/code":        `{"kind":"totp","code":"000000","what":{"incoming":"x","fit":true,"round":true,"counts":[]}}`,
		"POST /api/v1/handovers/{id}/outgoing/passkey":     `{"id":"x","type":"public-key","response":{"clientDataJSON":"","authenticatorData":"","signature":""},"what":{"incoming":"x","fit":true,"round":true,"counts":[]}}`,
		"POST /api/v1/handovers/{id}/incoming/password":    `{"username":"nobody","password":"wrong","what":{"acknowledged":[]}}`,
		"POST /api/v1/handovers/{id}/incoming/code":        `{"kind":"totp","code":"000000","what":{"acknowledged":[]}}`,
		"POST /api/v1/handovers/{id}/incoming/passkey":     `{"id":"x","type":"public-key","response":{"clientDataJSON":"","authenticatorData":"","signature":""},"what":{"acknowledged":[]}}`,
		"POST /api/v1/handovers/{id}/remarks":              `{"kind":"remark","words":"said"}`,
		"POST /api/v1/handovers/{id}/review":               `{"note":"seen"}`,
		"PATCH /api/v1/cameras/{id}":                       `{"name":" "}`,
		"POST /api/v1/cameras":                             `{"name":" ","area":"` + c.area + `","main":{"url":"rtsp://192.0.2.77/a"}}`,
		"POST /api/v1/cameras/test":                        fmt.Sprintf(`{"url":"rtsp://192.0.2.10/%s","camera":%q}`, map[string]string{"east": "gate", "west": "yard"}[c.area], c.camera),
		"PUT /api/v1/cameras/{id}/side-doors":              `{"kind":"web_page","state":"closed"}`,
		"PUT /api/v1/cameras/{id}/masks":                   `{"masks":[],"device":""}`,
		"PUT /api/v1/cameras/{id}/control-room":            fmt.Sprintf(`{"name":"room of %s","networks":[]}`, c.camera),
		"POST /api/v1/cameras/{id}/control-room/end":       `{"reason":"the desk was moved"}`,
		"POST /api/v1/cameras/{id}/retire":                 `{"reason":"x"}`,
		"POST /api/v1/cameras/{id}/switch":                 `{"enabled":true,"reason":"to see it"}`,
		"POST /api/v1/capacity/check":                      fmt.Sprintf(`{"camera":%q}`, c.camera),
		"POST /api/v1/bookmarks":                           fmt.Sprintf(`{"camera":%q,"at":%q,"title":"x"}`, c.camera, from),
		"POST /api/v1/bookmarks/{id}/retract":              `{"reason":"by mistake"}`,
		"POST /api/v1/snapshots":                           fmt.Sprintf(`{"camera":%q}`, c.camera),
		"POST /api/v1/viewings":                            `{` + cameras + `,` + interval + `,"purpose":"incident","reason":"南门附近有人倒地"}`,
		"POST /api/v1/positions":                           `{"code":"gate_guard","name":{"zh":"门岗","en":"Gate guard"}}`,
		"PATCH /api/v1/positions/{code}":                   `{"name":{"zh":"保安","en":"Guard"}}`,
		"POST /api/v1/positions/{code}/retire":             `{"reason":"by mistake"}`,
		"POST /api/v1/positions/{code}/restore":            `{"reason":"by mistake"}`,
		"POST /api/v1/purposes":                            `{"code":"accident","name":{"zh":"","en":"Accident"},"basis":{"zh":"","en":"rule 1"}}`,
		"PATCH /api/v1/purposes/{code}":                    `{"needsReason":true}`,
		"POST /api/v1/purposes/{code}/retire":              `{"reason":"by mistake"}`,
		"POST /api/v1/purposes/{code}/restore":             `{"reason":"by mistake"}`,
		"POST /api/v1/purposes/proposals":                  `{"step":"change","code":"incident","change":{"needsReason":false},"reason":"by mistake"}`,
		"PUT /api/v1/company":                              `{"present":[{"name":"Li","unit":"police"}]}`,
		"POST /api/v1/layouts":                             fmt.Sprintf(`{"name":"w","size":1,"cells":[%q]}`, c.camera),
		"PUT /api/v1/layouts/{id}":                         fmt.Sprintf(`{"name":"w","size":1,"cells":[%q]}`, c.camera),
		"POST /api/v1/holds":                               `{` + cameras + `,` + interval + `,"kind":"case","owner":"x","reason":"a case","document":"","reviewAt":"` + later + `"}`,
		"POST /api/v1/holds/preview":                       `{` + cameras + `,` + interval + `}`,
		"POST /api/v1/holds/{id}/review":                   `{"note":"looked at","reviewAt":"` + later + `"}`,
		"POST /api/v1/holds/{id}/release":                  `{"reason":"is over"}`,
		"POST /api/v1/holds/{id}/release/approve":          `{"note":"is over"}`,
		"POST /api/v1/holds/{id}/release/reject":           `{"note":"is not over"}`,
		"POST /api/v1/deletions":                           `{` + cameras + `,` + interval + `,"ground":"authority","reason":"by order","document":"12"}`,
		"POST /api/v1/deletions/preview":                   `{` + cameras + `,` + interval + `}`,
		"POST /api/v1/deletions/{id}/approve":              `{"note":"by order"}`,
		"POST /api/v1/deletions/{id}/reject":               `{"note":"not yet"}`,
		"POST /api/v1/deletions/{id}/withdraw":             `{"note":"not yet"}`,
		"POST /api/v1/retention/rules":                     fmt.Sprintf(`{"camera":%q,"class":"main","reason":"a key target","rule":{"minimumDays":95,"minimumBasis":"own","minimumNote":"a note"}}`, c.camera),
		"POST /api/v1/retention/rules/preview":             fmt.Sprintf(`{"camera":%q,"class":"main","reason":"a key target","rule":{"minimumDays":95,"minimumBasis":"own","minimumNote":"a note"}}`, c.camera),
		"POST /api/v1/retention/rules/{id}/approve":        `{"note":"well"}`,
		"POST /api/v1/retention/rules/{id}/reject":         `{"note":"not well"}`,
		"POST /api/v1/ledger/unwitnessed":                  `{"reason":"the witness is being moved"}`,
		"POST /api/v1/retention/confirm":                   `{"seen":["0"],"note":"looked at"}`,
		"POST /api/v1/schedules":                           fmt.Sprintf(`{"camera":%q,"kind":"always","reason":"always"}`, c.camera),
		"POST /api/v1/maintenance":                         `{` + cameras + `,"to":"` + later + `","reason":"a lens"}`,
		"POST /api/v1/maintenance/{id}/end":                `{"reason":"done"}`,
		"POST /api/v1/losses/{id}/explain":                 `{"text":"the power failed"}`,
		"POST /api/v1/losses/{id}/sign":                    `{"explanation":"x","line":"on_watch","position":"` + as + `"}`,
		"POST /api/v1/storage-faults/{id}/acknowledge":     `{"note":"seen"}`,
		"POST /api/v1/storage-faults/{id}/give-up":         `{"reason":"it burnt"}`,
		"POST /api/v1/storage/shortage":                    fmt.Sprintf(`{"record":[%q],"reason":"the entrance first"}`, c.camera),
		"POST /api/v1/storage/shortage/revoke":             `{"reason":"by mistake"}`,
		"POST /api/v1/acts/export":                         `{"format":"csv","reason":"a quarterly audit"}`,
		"POST /api/v1/traces":                              fmt.Sprintf(`{"camera":%q,"at":%q}`, c.camera, from),
		"POST /api/v1/act-searches":                        `{"name":"s","query":"kind=camera."}`,
		"PUT /api/v1/act-searches/{id}":                    `{"name":"s","query":"kind=camera."}`,
		"POST /api/v1/rights/preview":                      `{"rules":[{"id":"s","position":"operator","actions":["snapshot.take"],"deny":true}]}`,
		"POST /api/v1/rights/versions":                     `{"base":"built-in","reason":"x","rules":[]}`,
		"POST /api/v1/rights/versions/{id}/approve":        `{"note":"well"}`,
		"POST /api/v1/rights/versions/{id}/reject":         `{"note":"not well"}`,
		"POST /api/v1/rights/versions/{id}/withdraw":       `{}`,
		"POST /api/v1/session":                             `{"username":"nobody","password":"wrong"}`,
		"POST /api/v1/session/second":                      `{"step":"x","code":"000000"}`,
		"POST /api/v1/session/unlock":                      `{"password":"wrong"}`,
		"POST /api/v1/session/pledge":                      `{"language":"xx"}`,
		"POST /api/v1/session/briefing/sign":               `{"language":"zh","password":"wrong"}`,
		"PUT /api/v1/stand-ins/{id}/photo":                 `{"picture":""}`,
		"POST /api/v1/shared-logins/{id}/judge":            `{"answer":"own","note":"two consoles"}`,
		"POST /api/v1/consoles":                            `{"name":" "}`,
		"POST /api/v1/consoles/{id}/retire":                `{"reason":"gone"}`,
		"POST /api/v1/consoles/{id}/reports":               `{"profile":"0000000000000000000000000000000000000000000000000000000000000000","findings":[]}`,
		"POST /api/v1/tokens":                              `{"person":"0","name":"t","actions":["camera.read"]}`,
		"POST /api/v1/people":                              `{"username":" ","displayName":" ","positions":[]}`,
		"PATCH /api/v1/people/{id}":                        `{}`,
		"POST /api/v1/people/{id}/leaving":                 `{"item":"radio","state":"not_had"}`,
		"POST /api/v1/people/{id}/password-reset":          `{}`,
		"POST /api/v1/people/{id}/sessions/end":            `{"reason":"the phone is lost"}`,
		"PUT /api/v1/session/password":                     `{"current":"wrong","password":"correct-horse-new-9"}`,
		"POST /api/v1/parameters/packs/preview":            `{"pack":"none"}`,
		"POST /api/v1/parameters/packs/choose":             `{"pack":"none","reason":"because"}`,
		"POST /api/v1/parameters/proposals":                `{"changes":[{"key":"none","value":1}],"reason":"because"}`,
		"POST /api/v1/people/{id}/factors/{factor}/remove": `{"reason":"it is lost"}`,
		"POST /api/v1/people/{id}/factors/{factor}/unlock": `{"reason":"mistyped"}`,
		"POST /api/v1/people/{id}/card":                    `{"card":"0004719283","name":"x"}`,
		"POST /api/v1/session/factors/card/pin":            `{"password":"wrong","card":"0004719283","pin":"804137"}`,
		"POST /api/v1/second-asks":                         `{` + cameras + `,"kind":"live"}`,
		"POST /api/v1/second-asks/{id}/refuse":             `{"note":"not now"}`,
		"POST /api/v1/second-asks/{id}/vouch":              `{"username":"nobody","password":"wrong"}`,
		"POST /api/v1/second-asks/{id}/vouch/second":       `{"kind":"totp","code":"000000"}`,
		"POST /api/v1/second-asks/{id}/vouch/passkey":      `{"id":"x","type":"public-key","response":{"clientDataJSON":"","authenticatorData":"","signature":""}}`,
		"POST /api/v1/emergencies":                         `{"right":"none","cause":"fire"}`,
		"POST /api/v1/viewings/{id}/reason":                `{"reason":"two cars at the gate"}`,
		"POST /api/v1/emergencies/{id}/end":                `{"reason":"the brigade is there"}`,
		"POST /api/v1/emergencies/{id}/report":             `{"report":"there was smoke in the hall"}`,
		"POST /api/v1/emergencies/{id}/settle":             `{"verdict":"justified","note":"well done"}`,
		"POST /api/v1/rights-reviews/{id}/decisions":       `{"items":["0000000000000"],"decision":"confirmed","reason":"still needed"}`,
	}
	k.body = bodies[pattern]
	if k.body == "" && method != "GET" && method != "DELETE" {
		k.body = `{}`
	}
	switch pattern {
	case "POST /api/v1/live/{camera}/whep":
		k.body, k.kind = "v=0", "application/sdp"
	case "PATCH /api/v1/live/sessions/{id}":
		k.body, k.kind = "a=x", "application/trickle-ice-sdpfrag"
	case "GET /api/v1/timeline":
		query["camera"], query["from"], query["to"] = c.camera, from, to
	case "GET /api/v1/rooms/people":
		query["does"], query["room"] = "stand", c.room
	case "GET /api/v1/rooms/{id}/late-notices":
		query["since"] = from
	case "GET /api/v1/rooms/{id}/answers", "GET /api/v1/rooms/{id}/presence", "GET /api/v1/rooms/{id}/roster", "GET /api/v1/rooms/{id}/roster/check":
		query["from"], query["to"] = from, to
	case "GET /api/v1/rights-reviews/report":
		query["from"], query["to"] = from, to
	case "GET /api/v1/coverage/map":
		query["from"], query["to"] = d.now().Format(time.DateOnly), d.now().Format(time.DateOnly)
	case "GET /api/v1/coverage/month":
		query["month"] = d.now().Format("2006-01")
	case "GET /api/v1/rights/explain":
		query["camera"], query["person"] = c.camera, d.people[as]
	case "GET /api/v1/snapshots/{id}/picture.jpg":
		query["viewing"] = d.own[as]
	case "GET /api/v1/maintenance":
		query["all"] = "true"
	}
	for _, placeholder := range []string{"{id}", "{camera}", "{factor}", "{code}"} {
		k.target = strings.ReplaceAll(k.target, placeholder, or(id[placeholder], "0000000000000"))
	}
	sep := "?"
	for _, key := range []string{"camera", "person", "from", "to", "at", "month", "viewing", "all", "does", "room", "since"} {
		if query[key] != "" {
			k.target += sep + key + "=" + query[key]
			sep = "&"
		}
	}
	return k
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// ask knocks once and gives the answer as a cell of the table: - refused; + answered, with
// something about what is elsewhere if this is asked; . answered without a word of it.
func (d *doors) ask(pattern, as string, c *corner) (cell, answer string) {
	d.t.Helper()
	method, _, _ := strings.Cut(pattern, " ")
	k := d.knock(pattern, as, c)
	if (pattern == "DELETE /api/v1/session" || pattern == "POST /api/v1/session/lock") && as != "guest" {
		defer func() { d.keys[as] = d.signIn(as) }()
	}
	r := d.request(as, method, k.target, k.body)
	if k.kind != "" {
		r.Header.Set("Content-Type", k.kind)
	}
	if strings.HasSuffix(k.target, "/password") && method == http.MethodPost { // attempts from there count apart from those to sign in
		r.RemoteAddr = "203.0.113.9:1234"
	}
	if strings.HasSuffix(k.target, "/mse") {
		r.Header.Set("Upgrade", "websocket")
	}
	ctx, cancel := context.WithTimeout(r.Context(), 20*time.Millisecond)
	defer cancel()
	if strings.HasSuffix(k.target, "/events") {
		r = r.WithContext(ctx)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	answer = fmt.Sprint(w.Code, " ", w.Body, w.Result().Header)
	secrets := append(slices.Clone(d.secrets), "$argon2", "SELECT ")
	if as != string(access.Administrator) && as != string(access.Technician) {
		secrets = append(secrets, "192.0.2.10") // where the cameras are reached
	}
	for _, s := range secrets {
		if strings.Contains(answer, s) {
			d.t.Errorf("%s as %s gives away %s: %s", pattern, as, s, answer)
		}
	}
	refused := w.Code == http.StatusUnauthorized && strings.Contains(w.Body.String(), account.ErrNotSignedIn.Code) || w.Code == http.StatusForbidden && strings.Contains(w.Body.String(), `"action":`) ||
		w.Code == http.StatusForbidden && (strings.Contains(w.Body.String(), "viewing_") || strings.Contains(w.Body.String(), "layout_"))
	named := slices.ContainsFunc(c.marks(), func(m string) bool { return strings.Contains(k.target, m) })
	refused = refused || c == &d.west && named && w.Code == http.StatusNotFound // as if it were not there
	told := ""
	for _, mark := range d.west.marks() {
		if strings.Contains(answer, mark) && !strings.Contains(k.target+k.body, mark) {
			told = mark
		}
	}
	switch {
	case told != "" && as != "administrator":
		d.t.Errorf("%s as %s about the %s tells %s of the west: %s", pattern, as, c.area, told, answer)
		return "!", answer
	case refused:
		return "-", answer
	case c == &d.west && told == "" && !strings.Contains(k.target+k.body, c.camera) && !named:
		return ".", answer
	}
	return "+", answer
}

// TestEveryDoorAsksWhere walks all routes that are registered (ruling R18) as everybody:
// each built-in position in its own area and elsewhere, and without a session. What each
// finds stands in testdata/doors.txt, read and committed; a route that is missing there
// fails. Besides, no answer tells of cameras elsewhere what was not asked with, whatever the
// id, and none holds a secret.
func TestEveryDoorAsksWhere(t *testing.T) {
	clause.Covers(t, "C111")
	dbtest.Each(t, func(t *testing.T, records *db.DB) {
		got := newDoors(t, records).walk()
		const file = "testdata/doors.txt"
		want, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		if got != string(want) {
			t.Errorf("the doors are not those of %s:\n%s", file, difference(string(want), got))
			if to := os.Getenv("DOORS"); to != "" { // to look at, and to put there once it is right
				if err := os.WriteFile(to, []byte(got), 0o600); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// TestTheWholeHouseIsForWhoIsHeldEverywhere: who holds a position in one area changes nothing
// that holds for all of them, whatever the position may; and of emergency rights they find
// their own. A route that asks for such a right and is added later is tried as well.
func TestTheWholeHouseIsForWhoIsHeldEverywhere(t *testing.T) {
	clause.Covers(t, "C111", "C112")
	d := newDoors(t, dbtest.Open(t, db.SQLite))
	house := []access.Action{access.PeopleManage, access.TokenManage, access.RightsPropose, access.RightsApprove, access.RightsReview, access.ParameterPropose, access.ParameterApprove,
		access.AreaConfigure, access.EmergencyReview, access.SharedLoginJudge, access.PurposeConfigure, access.ConsoleManage}
	tried := []string{"POST /api/v1/emergencies/{id}/end"} // one's own anybody ends
	for _, r := range d.router.Routes() {
		pattern := r.Method + " " + r.Path
		if about := r.Demand.Actions(); r.Method != "GET" && len(about) > 0 && !slices.ContainsFunc(about, func(a access.Action) bool { return !slices.Contains(house, a) }) {
			tried = append(tried, pattern)
		}
	}
	for _, pattern := range []string{"POST /api/v1/rights/versions", "POST /api/v1/rights/versions/{id}/approve", "POST /api/v1/parameters/proposals", "POST /api/v1/parameters/proposals/{id}/approve",
		"POST /api/v1/parameters/packs/choose", "POST /api/v1/emergencies/{id}/settle", "POST /api/v1/shared-logins/{id}/judge", "POST /api/v1/purposes"} {
		if !slices.Contains(tried, pattern) {
			t.Errorf("%s is not tried", pattern)
		}
	}
	for _, pattern := range tried {
		for _, p := range access.Positions() {
			if p == access.Administrator { // is held everywhere
				continue
			}
			if cell, answer := d.ask(pattern, string(p), &d.east); cell != "-" {
				t.Errorf("%s lets in %s of one area: %.300s", pattern, p, answer)
			}
		}
	}
	for _, p := range access.Positions() {
		if _, answer := d.ask("GET /api/v1/emergencies", string(p), &d.east); p != access.Administrator && strings.Contains(answer, d.emergency) {
			t.Errorf("%s of one area reads of the emergency right of somebody else", p)
		}
	}
	for _, who := range []string{"supervisor", "leader"} {
		held := access.Everywhere(access.Position(who))
		if _, err := d.deps.Access.ChangePerson(t.Context(), access.CommandLine(), d.people[who], account.PersonChange{Holdings: &held}); err != nil {
			t.Fatal(err)
		}
		if _, answer := d.ask("GET /api/v1/emergencies", who, &d.east); !strings.Contains(answer, d.emergency) {
			t.Errorf("%s of the house does not read of it: %.300s", who, answer)
		}
	}
	if cell, answer := d.ask("POST /api/v1/emergencies/{id}/end", "supervisor", &d.east); cell != "+" || !strings.HasPrefix(answer, "200") {
		t.Errorf("the supervisor of the house does not end it: %.300s", answer)
	}
}

// trailing are spaces at the end of a line.
var trailing = regexp.MustCompile(" +\n")

// walk asks at every door and gives the table.
func (d *doors) walk() string {
	d.t.Helper()
	var table strings.Builder
	table.WriteString("# Own area, then elsewhere: + let in, - refused, . answered without a word of cameras elsewhere.\n" +
		"# The administrator's position is held everywhere.\n")
	fmt.Fprintf(&table, "%-66s guest", "#")
	for _, p := range access.Positions() {
		fmt.Fprintf(&table, "  %s", p)
	}
	table.WriteByte('\n')
	routes := d.router.Routes()
	slices.SortFunc(routes, func(a, b route.Route) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	for _, r := range routes {
		pattern := r.Method + " " + r.Path
		cell, _ := d.ask(pattern, "guest", &d.west)
		fmt.Fprintf(&table, "%-6s %-59s %-5s", r.Method, r.Path, strings.Replace(cell, ".", "+", 1))
		for _, p := range access.Positions() {
			near, _ := d.ask(pattern, string(p), &d.east)
			far, answer := d.ask(pattern, string(p), &d.west)
			// Why somebody may not look they may know; where the camera hangs it does not tell.
			if far == "+" && p != access.Administrator && pattern != "GET /api/v1/rights/explain" {
				d.t.Errorf("%s lets %s in, elsewhere: %.300s", pattern, p, answer)
			}
			fmt.Fprintf(&table, "  %-*s", len(p), near+far)
		}
		table.WriteByte('\n')
	}
	return trailing.ReplaceAllString(table.String(), "\n")
}

// difference gives the lines that only one of two tables has.
func difference(want, got string) string {
	var out strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, l := range w {
		if !slices.Contains(g, l) {
			out.WriteString("- " + l + "\n")
		}
	}
	for _, l := range g {
		if !slices.Contains(w, l) {
			out.WriteString("+ " + l + "\n")
		}
	}
	return out.String()
}
