package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/arrival"
	"watchroom/internal/access/console"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/kiosk"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/position"
	"watchroom/internal/access/review"
	"watchroom/internal/access/sharedlogin"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/api/live"
	"watchroom/internal/api/proposal"
	"watchroom/internal/api/route"
	"watchroom/internal/app/duties"
	"watchroom/internal/app/ruling"
	"watchroom/internal/archive"
	"watchroom/internal/archive/grave"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/shortage"
	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/camera/sidedoor"
	"watchroom/internal/camera/wall"
	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	hub "watchroom/internal/live"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/regime"
	"watchroom/internal/secret"
	"watchroom/internal/source"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/vault"
)

// house is a whole server on a real database, with fakes where pictures come from.
type house struct {
	t       *testing.T
	deps    Deps
	router  *route.Router
	handler http.Handler
	log     *strings.Builder

	journal  *ledger.Journal
	diary    *diary
	fleet    *fakeFleet
	footage  *fakeFootage
	pictures *fakePictures
	whep     *fakeWHEP
	mse      *fakeMSE
	probe    *fakeProbe
	system   *fakeSystem
	archive  *fakeArchive
	lost     *fakeLost

	vault     *vault.Vault // the recordings that retention decides on
	catalogue *archive.Catalogue
	engine    *retention.Engine
	trusted   error            // of the time
	watch     *reference.Watch // of the clock, instead of trusted; nil: none
	low       bool             // room is needed

	gate, yard string            // ids of cameras
	people     map[string]string // ids by user name
	keys       map[string]http.Header
	passwords  map[string]string
	token      account.Token

	logins *sharedlogin.Watch
	duties *duties.Duties
	manned string // the room that a test is about

	begun time.Time
	shift atomic.Int64 // µs that the clock is ahead

	resolve func(ctx context.Context, network, host string) ([]netip.Addr, error) // of cameras' names; nil finds none
}

func (h *house) lookup(ctx context.Context, network, host string) ([]netip.Addr, error) {
	if h.resolve == nil {
		return nil, errors.New("no such host")
	}
	return h.resolve(ctx, network, host)
}

// opening is when every house begins, 10:20 at the site, some days after the footage that tests
// name: none meets the end of an hour, a day or a month by chance, and none grows old.
var opening = time.Date(2026, 11, 27, 2, 20, 0, 0, time.UTC)

// now is the present of the house.
func (h *house) now() time.Time {
	return opening.Add(time.Since(h.begun) + time.Duration(h.shift.Load())*time.Microsecond)
}

func newHouse(t *testing.T) *house { return newHouseOn(t, dbtest.Open(t, db.SQLite)) }

func newHouseOn(t *testing.T, d *db.DB) *house {
	t.Helper()
	h := &house{
		t: t, begun: time.Now(), log: &strings.Builder{}, fleet: newFakeFleet(), footage: newFakeFootage(), pictures: &fakePictures{},
		whep: newFakeWHEP(), mse: &fakeMSE{}, probe: &fakeProbe{found: source.ProbeResult{State: source.Unreachable}}, system: &fakeSystem{state: "ok"},
		people: map[string]string{}, keys: map[string]http.Header{"guest": {}}, passwords: map[string]string{}, lost: &fakeLost{},
	}
	now := clock.Clock(h.now)
	logger := slog.New(slog.NewTextHandler(&lockedWriter{w: h.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	bus := &event.Bus{}
	set, err := ruling.Set()
	if err != nil {
		t.Fatal(err)
	}
	rules := &regime.Parameters{DB: d, Set: set, Registers: ruling.Registers(d), Bus: bus, Clock: now, Log: logger}
	start(t, rules)
	t.Cleanup(rules.Close)
	rights := &policy.Policies{DB: d, Bus: bus, Clock: now, Demands: disclosure.Demands(set)}
	control := &account.Control{DB: d, Bus: bus, Clock: now, Log: logger, Rights: rights.Current, Rules: set,
		Areas: func(context.Context, []string) (bool, error) { return true, nil }}
	emergencies := &emergency.Rights{DB: d, Bus: bus, Clock: now, Rules: set, Changed: func(p string) { control.Told([]string{p}, "rights", "emergency") }}
	control.Emergencies = emergencies.Held
	start(t, control)
	h.journal = &ledger.Journal{Dir: t.TempDir(), Insert: ledger.Insert(d), Clock: now, Log: logger}
	start(t, h.journal)
	h.diary = &diary{inner: h.journal}
	t.Cleanup(h.journal.Close)
	running := &route.Running{Bus: bus, Clock: now, Log: logger, Every: time.Hour}
	start(t, running)
	t.Cleanup(running.Close)
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	factors := &factor.Factors{DB: d, Bus: bus, Clock: now, Box: box, Account: control, Log: logger, Site: "北校区", Rules: set}
	start(t, factors)
	h.logins = &sharedlogin.Watch{DB: d, Clock: now, Log: logger, Rules: set, Account: control}
	start(t, h.logins)
	consoles := &console.Consoles{DB: d, Bus: bus, Clock: now, Log: logger, Rules: set, Account: control, Factors: factors, Touched: h.logins.Touched}
	control.Locks = func(held []access.Own) time.Duration { return console.After(held, set) }
	arrivals := &arrival.Arrivals{Clock: now, Rules: set, Account: control, Factors: factors}
	control.Opening, control.Known = arrivals.Opening, arrivals.Known
	areas := &area.Areas{DB: d, Bus: bus, Clock: now, Cameras: camera.InArea, Hung: camera.Hung, Unit: unit.InService}
	files := &staff.Files{DB: d, Clock: now, Accounts: control, Cards: factors.Cards, Settings: staff.Settings{Rules: set}}
	control.Papers = files.Papers
	viewers := &hub.Viewers{}
	h.mse.viewers = viewers
	h.deps = Deps{
		Log: logger, Clock: now, Started: h.now(), Version: "v0.0-test", Listen: "127.0.0.1:8080",
		SiteName: "北校区", TimeZone: "Asia/Shanghai",
		Web:     fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>Watchroom</title>")}},
		Metrics: prometheus.NewRegistry(), DB: d, Bus: bus, Running: running, Access: control, Rights: rights, Positions: &position.Register{DB: d, Clock: now, Held: holding.Holders, Changed: rights.Changed}, Factors: factors, Consoles: consoles, Shared: h.logins, Kiosks: &kiosk.Consoles{DB: d, Clock: now, Log: logger, Rules: set, Accounts: control}, Public: "https://watch.example.org",
		Areas: areas, Units: &unit.Units{DB: d, Clock: now, Accounts: control, Areas: area.OfUnit, Left: staff.Left}, Files: files,
		Emergencies: emergencies, Reviews: &review.Reviews{DB: d, Clock: now, Accounts: control, Rules: set},
		Cameras: &camera.Registry{DB: d, Bus: bus, Clock: now, Box: box, Areas: areas.InService, Chain: areas.Chain}, Lost: h.lost, Fleet: h.fleet, Pictures: h.pictures, Probe: h.probe.probe, Resolve: h.lookup,
		Layouts: &wall.Layouts{DB: d, Clock: now}, Viewings: &disclosure.Viewings{DB: d, Bus: bus, Clock: now, Rules: set, Reasons: &owed.Reasons{DB: d, Clock: now, Rules: set}, Seconds: &second.Asks{DB: d, Bus: bus, Clock: now, Rules: set}}, Parameters: rules,
		Footage: h.footage, Timeline: h.footage, Live: live.FromFleet(h.fleet), WHEP: h.whep, MSE: h.mse, Viewers: viewers,
		Bookmarks: &bookmark.Bookmarks{DB: d, Clock: now}, Snapshots: &snapshot.Snapshots{DB: d, Dir: t.TempDir(), Clock: now},
		Journal: h.diary, Ledger: fakeLedger{}, Given: "--config /etc/gate.yaml", System: h.system, Storage: h.system, FFmpeg: func() string { return "5.1" },
		Pace: func(string) error { return nil }, // tests do much at once
	}
	h.deps.Shortage = &shortage.Keeper{DB: d, Bus: bus, Clock: now, Rules: set, Disks: h.system, Cameras: h.deps.inService}
	h.deps.Masks = &mask.Masks{DB: d, Clock: now, Changed: h.deps.Cameras.Tell}
	h.deps.SideDoors = &sidedoor.Register{DB: d, Clock: now, Rules: set}
	h.deps.Rooms = &roomcam.Register{DB: d, Clock: now, Changed: h.deps.Cameras.Tell}
	zone, err := time.LoadLocation(h.deps.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	h.duties = duties.New(duties.House{DB: d, Bus: bus, Clock: now, Rules: set, Zone: zone, Accounts: control, Attached: filepath.Join(t.TempDir(), "duty-files")})
	h.deps.Cameras.Cover = h.deps.Masks.Inherit
	h.lost.registry = h.deps.Cameras
	h.remove(d, now)
	h.keep(d, now, bus)
	h.deps.Duty = h.duties.Routes(duties.Sources{Factors: factors, System: h.system, Faults: h.deps.Faults, Losses: h.deps.Losses, Log: fakeLedger{}})
	h.build()
	h.settle()
	return h
}

// build makes the handler as it is served, which has forgotten how answers look, and a
// router beside it that knows.
func (h *house) build() {
	h.t.Helper()
	described := h.deps
	if described.Metrics != nil {
		described.Metrics = prometheus.NewRegistry()
	}
	var err error
	if h.router, _, err = described.build(); err != nil {
		h.t.Fatal(err)
	}
	if h.handler, err = New(h.deps); err != nil {
		h.t.Fatal(err)
	}
}

// remove builds what decides on keeping and removing, on a real folder of recordings.
func (h *house) remove(d *db.DB, now clock.Clock) {
	h.t.Helper()
	if h.vault == nil {
		h.vault = vault.Open(h.t)
	}
	h.catalogue = &archive.Catalogue{DB: d, Root: h.vault.Root, Clock: now}
	start(h.t, h.catalogue)
	h.t.Cleanup(h.catalogue.Close)
	known := func(ctx context.Context, id string) (bool, error) {
		_, err := h.deps.Cameras.Get(ctx, id)
		return err == nil, nil
	}
	deps, folder := &h.deps, &recordings.Folder{Root: h.vault.Root}
	deps.Rules = &retention.Rules{DB: d, Clock: now, Known: known}
	deps.Holds = &hold.Holds{DB: d, Clock: now, Known: known, Volumes: func() []string { return []string{h.vault.Root} }}
	deps.Orders = &order.Orders{DB: d, Clock: now, Known: known}
	h.engine = &retention.Engine{DB: d, Clock: now, Catalogue: h.catalogue, Holds: deps.Holds, Orders: deps.Orders, Journal: folder, Files: folder,
		Time: h, Space: h, Derived: []retention.Derived{deps.Snapshots}, Pictures: deps.Snapshots}
	deps.Proofs = &proof.Prover{DB: d, Clock: now, Catalogue: h.catalogue}
	deps.Audit = &compliance.Audit{Rules: deps.Rules, Account: h.catalogue, Proofs: deps.Proofs, Pictures: deps.Snapshots, Clock: now}
	deps.Removal, deps.Graves = h.engine, grave.Book{Catalogue: h.catalogue}
}

// Trusted and Low make the house what the engine asks of time and space.
func (h *house) Trusted() error {
	if h.watch != nil {
		return h.watch.Trusted()
	}
	return h.trusted
}

func (h *house) Gained() time.Duration {
	if h.watch != nil {
		return h.watch.Gained()
	}
	return 0
}

func (h *house) Believe() {
	if h.trusted = nil; h.watch != nil {
		h.watch.Believe()
	}
}
func (h *house) Word() (reference.Word, bool) { return reference.Word{}, false }
func (h *house) Low(context.Context) ([]string, error) {
	if h.low {
		return []string{""}, nil
	}
	return nil, nil
}

type starter interface{ Start(context.Context) error }

func start(t *testing.T, s starter) {
	t.Helper()
	if err := s.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// settle brings in cameras.
func (h *house) settle() {
	h.t.Helper()
	ctx := h.t.Context()
	for _, name := range []string{"东门", "Yard"} {
		url := "rtsp://192.0.2.10/" + map[string]string{"东门": "gate", "Yard": "yard"}[name]
		password, user := secret.Text("camera-secret"), "viewer"
		c, err := h.deps.Cameras.Create(ctx, access.CommandLine(), camera.New{
			Name: name, Main: camera.StreamInput{URL: &url, Username: &user, Password: &password},
		})
		if err != nil {
			h.t.Fatal(err)
		}
		h.fleet.add(c.ID)
		if name == "Yard" {
			h.yard = c.ID
		} else {
			h.gate = c.ID
		}
	}
}

// person makes one of the people when they are first needed, since hashing their
// passwords takes a while, and gives their id.
func (h *house) person(name string) string {
	h.t.Helper()
	if id := h.people[name]; id != "" {
		return id
	}
	position, ok := map[string]access.Position{
		"administrator": access.Administrator, "operator": access.Operator, "auditor": access.Auditor,
		"colleague": access.Operator, "technician": access.Technician, "supervisor": access.Supervisor,
		"leader": access.Leader, "duty_lead": access.DutyLead, "deputy": access.Supervisor, "lead": access.DutyLead,
		"principal": access.Principal, "stand_in": access.StandIn, "contractor": access.Contractor,
	}[name]
	if !ok {
		h.t.Fatalf("nobody is called %s", name)
	}
	password := secret.Text("correct-horse-" + name + "-7")
	held := access.Everywhere(position)
	if position == access.Contractor { // who is in an area only, and for a time
		held[0].Areas, held[0].Until = []string{"east"}, h.now().AddDate(1, 0, 0).UnixMicro()
	}
	p, _, err := h.deps.Access.CreatePerson(h.t.Context(), access.CommandLine(), account.NewPerson{
		Username: name, DisplayName: strings.ToUpper(name), Holdings: held, Password: password,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.people[name], h.passwords[name] = p.ID, password.Reveal()
	return p.ID
}

// given lets somebody confirm all positions that wait.
func (h *house) given(as string) {
	h.t.Helper()
	for _, p := range get[route.List[proposal.Proposal]](h, as, "GET", "/api/v1/proposals?state=proposed", "", 200).Items {
		if w := h.send(as, "POST", "/api/v1/proposals/"+p.ID+"/approve", "{}"); w.Code != http.StatusNoContent {
			h.t.Fatalf("confirm: %d %s", w.Code, w.Body)
		}
	}
}

// key is what somebody sends to be let in. "token" is a program that may read the
// list of cameras and nothing else.
func (h *house) key(as string) http.Header {
	h.t.Helper()
	if k, ok := h.keys[as]; ok {
		return k
	}
	if as == "token" {
		token, value, err := h.deps.Access.CreateToken(h.t.Context(), access.CommandLine(), account.NewToken{
			Person: h.person("operator"), Name: "signage", Actions: []access.Action{access.CameraRead},
		})
		if err != nil {
			h.t.Fatal(err)
		}
		h.token, h.keys[as] = token, http.Header{"Authorization": {"Bearer " + value.Reveal()}}
	} else {
		h.person(as)
		h.keys[as] = h.signIn(as)
	}
	return h.keys[as]
}

func (h *house) signIn(name string) http.Header {
	h.t.Helper()
	w := h.send("guest", "POST", "/api/v1/session", `{"username":"`+name+`","password":"`+h.passwords[name]+`"}`)
	if w.Code != http.StatusCreated {
		h.t.Fatalf("sign in %s: %d %s", name, w.Code, w.Body)
	}
	value, _, _ := strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return http.Header{"Cookie": {value}}
}

func (h *house) request(as, method, target, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for k, v := range h.key(as) {
		r.Header[k] = v
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// send makes a request and checks the answer against the document.
func (h *house) send(as, method, target, body string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := h.request(as, method, target, body)
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	h.conforms(r, w)
	return w
}

// conforms checks that the document describes the answer.
func (h *house) conforms(r *http.Request, w *httptest.ResponseRecorder) {
	h.t.Helper()
	kind := w.Header().Get("Content-Type")
	if !strings.HasSuffix(kind, "json") || w.Body.Len() == 0 || h.router == nil || w.Header().Get("Content-Disposition") != "" { // a file
		return
	}
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		h.t.Errorf("%s %s answers what is no JSON: %v", r.Method, r.URL, err)
		return
	}
	schema := &huma.Schema{Ref: "#/components/schemas/Problem"}
	if w.Code < 400 || kind == "application/json" {
		_, pattern := h.router.Mux().Handler(r)
		op := h.operation(pattern)
		if op == nil {
			return // not in the document, such as the document
		}
		answer := op.Responses[http.StatusText(w.Code)]
		for status, a := range op.Responses {
			if status != "default" && (status == itoa(w.Code) || len(op.Responses) == 2) {
				answer = a
			}
		}
		if answer == nil || answer.Content["application/json"] == nil {
			h.t.Errorf("%s %s answers %d %s, which the document does not know", r.Method, r.URL, w.Code, kind)
			return
		}
		schema = answer.Content["application/json"].Schema
	}
	found := &huma.ValidateResult{}
	huma.Validate(h.router.API().OpenAPI().Components.Schemas, schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, body, found)
	for _, err := range found.Errors {
		h.t.Errorf("%s %s: the answer is not as the document says: %v", r.Method, r.URL, err)
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func (h *house) operation(pattern string) *huma.Operation {
	method, path, _ := strings.Cut(pattern, " ")
	item := h.router.API().OpenAPI().Paths[path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{
		"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete,
	}[method]
}

// scenario is one request and what is expected of its answer.
type scenario struct {
	name    string
	as      string // whose keys are sent; "guest" if empty
	method  string // GET if empty
	path    string
	body    string
	status  int
	content []string // all of these are in the answer
	not     []string // none of these is
}

func (h *house) run(scenarios []scenario) {
	for _, s := range scenarios {
		h.t.Run(s.name, func(t *testing.T) {
			outer := h.t
			h.t = t
			defer func() { h.t = outer }()
			if s.method == "" {
				s.method = http.MethodGet
			}
			if s.as == "" {
				s.as = "guest"
			}
			path := strings.NewReplacer("{gate}", h.gate, "{yard}", h.yard).Replace(s.path)
			body := strings.NewReplacer("{gate}", h.gate, "{yard}", h.yard).Replace(s.body)
			w := h.send(s.as, s.method, path, body)
			answer := w.Body.String()
			if w.Code != s.status {
				t.Errorf("status %d, not %d: %s", w.Code, s.status, answer)
			}
			for _, c := range s.content {
				if !strings.Contains(answer, c) {
					t.Errorf("the answer lacks %s: %s", c, answer)
				}
			}
			for _, c := range append(s.not, "camera-secret", "argon2", "SELECT ") {
				if strings.Contains(answer, c) {
					t.Errorf("the answer holds %s: %s", c, answer)
				}
			}
		})
	}
}

// get decodes an answer.
func get[T any](h *house, as, method, target, body string, status int) T {
	h.t.Helper()
	w := h.send(as, method, target, body)
	if w.Code != status {
		h.t.Fatalf("%s %s: %d %s", method, target, w.Code, w.Body)
	}
	var out T
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			h.t.Fatal(err)
		}
	}
	return out
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
