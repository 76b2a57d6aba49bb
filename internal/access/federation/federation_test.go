package federation

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/identity"
	"watchroom/internal/access/limit"
	"watchroom/internal/access/position"
	"watchroom/internal/access/proposal"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/ldaptest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/oidctest"
	"watchroom/internal/testkit/people"
)

const callback = "https://watch.example.org/api/v1/sign-in/oidc/campus/callback"

// hall is a desk with a real directory of either kind, whose clock the test holds.
type hall struct {
	*Desk
	t        *testing.T
	provider *oidctest.Provider
	server   *ldaptest.Server
	guards   string // group of the LDAP directory
	admins   string
	members  []string // of guards

	mu  sync.Mutex // guards now
	now time.Time
}

func (h *hall) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(time.Microsecond)
	return h.now
}

func (h *hall) pass(d time.Duration) { h.mu.Lock(); h.now = h.now.Add(d); h.mu.Unlock() }

func from(address string) access.Origin { return access.Origin{Address: address, Agent: "test"} }

func (h *hall) configuration() *config.Config {
	c := config.Default()
	c.PublicURL = "https://watch.example.org"
	c.SignIn.OIDC = []config.OIDC{{Name: "campus", Title: "统一认证", Issuer: h.provider.Issuer, ClientID: oidctest.ClientID,
		Scopes: []string{"openid", "profile", "offline_access"}, GroupsClaim: "groups", UsernameClaim: "preferred_username", NameClaim: "name",
		Positions: []string{"operator=guards", "auditor=audit", "administrator=admins"}, Create: true}}
	c.SignIn.LDAP = []config.LDAP{{Name: "dir", Title: "LDAP", Kind: "ldap", URL: h.server.Plain, BindDN: ldaptest.Service, Base: ldaptest.People,
		GroupBase: ldaptest.Groups, Positions: []string{"operator=CN=Guards, " + ldaptest.Groups, "administrator=cn=admins," + ldaptest.Groups}, Create: true, Timeout: time.Minute}}
	return c
}

func env(name string) (string, bool) {
	v, ok := map[string]string{"WATCHROOM_SIGN_IN_CAMPUS_SECRET": oidctest.Secret, "WATCHROOM_SIGN_IN_DIR_SECRET": ldaptest.Password}[name]
	return v, ok
}

// open makes a desk of a configuration, whose rounds the test calls itself.
func (h *hall) open(c *config.Config, d *db.DB) {
	h.t.Helper()
	desk, err := New(c, env)
	if err != nil {
		h.t.Fatal(err)
	}
	box, err := secret.NewBox(make([]byte, 32))
	if err != nil {
		h.t.Fatal(err)
	}
	desk.DB, desk.Box, desk.Clock = d, box, h.clock
	desk.Access = &account.Control{DB: d, Clock: h.clock}
	if err := desk.Access.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	if err := desk.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.Desk = desk
	h.t.Cleanup(desk.Close)
}

func each(t *testing.T, fn func(t *testing.T, h *hall)) {
	t.Helper()
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := &hall{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), provider: oidctest.Start(t, callback), server: ldaptest.Start(t)}
		li := h.server.Person("li.lei", "李雷", "correct horse")
		both := h.server.Person("both", "两者", "correct horse")
		h.server.Person("none", "无", "correct horse")
		h.members = []string{li, both}
		h.guards, h.admins = h.server.Group("guards", h.members...), h.server.Group("admins", both)
		h.open(h.configuration(), d)
		fn(t, h)
	})
}

func (h *hall) acts(kind string) []ledger.Act {
	h.t.Helper()
	acts, _, err := ledger.List(h.t.Context(), h.DB.Read(), ledger.Filter{Limit: ledger.MaxLimit, Kind: kind})
	if err != nil {
		h.t.Fatal(err)
	}
	return acts
}

// browse signs somebody in at the provider.
func (h *hall) browse(username, back string) (account.SignedIn, string, error) {
	h.t.Helper()
	h.provider.SignsIn(username)
	address, kept, err := h.Begin(h.t.Context(), "campus", back, from("192.0.2.1"))
	if err != nil {
		h.t.Fatal(err)
	}
	return h.Finish(h.t.Context(), "campus", kept, h.provider.Browse(address), from("192.0.2.1"))
}

func TestComingInThroughAnLDAPDirectory(t *testing.T) {
	clause.Covers(t, "C021", "C022", "C023")
	each(t, func(t *testing.T, h *hall) {
		in, err := h.SignIn(t.Context(), "dir", " li.lei ", "correct horse", from("192.0.2.1"))
		if err != nil || access.Can(in.Identity.Actor, access.LiveView, "") != nil || in.Identity.Person.Directory != "dir" {
			t.Fatalf("%+v, %v", in.Identity, err)
		}
		for _, c := range []struct {
			username string
			password secret.Text
			want     error
		}{
			{"li.lei", "wrong", account.ErrSignInFailed}, {"li.lei", "", account.ErrSignInFailed}, {"", "correct horse", account.ErrSignInFailed},
			{"none", "correct horse", account.ErrNoPosition}, {"both", "correct horse", holding.ErrConflict},
		} {
			before := len(h.acts("session.refused"))
			if _, err := h.SignIn(t.Context(), "dir", c.username, c.password, from("192.0.2.1")); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.username, err, c.want)
			}
			if acts := h.acts("session.refused"); len(acts) != before+1 || acts[0].Detail["directory"] != "dir" {
				t.Errorf("%s: %d acts", c.username, len(acts)-before)
			}
		}
		if _, err := h.SignIn(t.Context(), "campus", "li.lei", "correct horse", from("192.0.2.1")); !errors.Is(err, ErrDirectoryUnknown) {
			t.Errorf("a password for a provider: %v", err)
		}
		h.server.Stop()
		if _, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.9")); !errors.Is(err, ErrDirectoryAway) {
			t.Errorf("away: %v", err)
		}
		// Local accounts work all the same.
		if _, _, err := h.Access.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "local", Password: "correct horse 7"}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Access.SignIn(t.Context(), "local", "correct horse 7", from("192.0.2.9")); err != nil {
			t.Errorf("a local account: %v", err)
		}
	})
}

// TestAGroupGivesAPositionOfTheHouse: from when the house has it until it has it no more.
func TestAGroupGivesAPositionOfTheHouse(t *testing.T) {
	clause.Covers(t, "C021", "C022", "C023")
	each(t, func(t *testing.T, h *hall) {
		c := h.configuration()
		c.SignIn.LDAP[0].Positions = []string{"auditor=CN=Guards, " + ldaptest.Groups, "house:gate_guard=CN=Guards, " + ldaptest.Groups}
		h.open(c, h.DB)
		held := func(want ...access.Position) {
			t.Helper()
			in, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1"))
			if got := in.Identity.Person.Positions(); err != nil || !slices.Equal(got, want) {
				t.Errorf("%v, %v; want %v", got, err, want)
			}
		}
		held(access.Auditor)
		chief := people.Add(t, h.DB, "chief", access.Supervisor)
		register := &position.Register{DB: h.DB, Clock: h.clock, Held: holding.Holders}
		if _, err := register.Add(t.Context(), chief, position.New{Code: "gate_guard", Name: position.Words{ZH: "门岗", EN: "Gate guard"}}); err != nil {
			t.Fatal(err)
		}
		held(access.Auditor) // until somebody has confirmed the other one
		two := &appointment.Appointments{DB: h.DB, Clock: h.clock}
		waiting, err := two.List(t.Context(), proposal.Proposed)
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%+v, %v", waiting, err)
		}
		if err := two.Decide(t.Context(), chief, waiting[0].ID, true, ""); err != nil {
			t.Fatal(err)
		}
		held(access.Auditor, "gate_guard")
	})
}

// TestAnotherServerOfADirectoryTakesOverNobody: whoever changes in the file who answers for it
// signs in there as whomever they like, and has nothing that two people give until another
// person has confirmed it; not even as somebody who could only not be looked up.
func TestAnotherServerOfADirectoryTakesOverNobody(t *testing.T) {
	clause.Covers(t, "C023", "C081")
	each(t, func(t *testing.T, h *hall) {
		// Before there is anybody who confirms, nothing waits.
		li, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1"))
		if err != nil || len(li.Identity.Person.Positions()) != 1 {
			t.Fatalf("%+v, %v", li, err)
		}
		people.Add(t, h.DB, "chief", access.Supervisor)
		if acts := h.acts("directory.server_changed"); len(acts) != 2 || acts[0].Detail["from"] != nil {
			t.Fatalf("%+v", acts)
		}
		h.open(h.configuration(), h.DB)
		if n := len(h.acts("directory.server_changed")); n != 2 {
			t.Errorf("%d acts where nothing changed", n)
		}
		// The own people are signed out because nobody can be asked, and keep what they held.
		if err := h.Access.Withdraw(t.Context(), "dir", li.Identity.Person.ID, account.Unchecked); err != nil {
			t.Fatal(err)
		}
		c := h.configuration()
		c.SignIn.LDAP[0].Filter = "(&(uid={username})(objectClass=person))"
		h.open(c, h.DB)
		acts := h.acts("directory.server_changed")
		if len(acts) != 3 || acts[0].Subject != "dir" {
			t.Fatalf("%+v", acts)
		}
		was, _ := acts[0].Detail["from"].(map[string]any)
		is, _ := acts[0].Detail["to"].(map[string]any)
		if was["filter"] == is["filter"] || was["url"] != is["url"] {
			t.Errorf("%v → %v", was, is)
		}
		p, err := h.Access.Person(t.Context(), li.Identity.Person.ID)
		if err != nil || len(p.Positions()) != 0 {
			t.Errorf("%v, %v", p.Positions(), err)
		}
		if _, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1")); !errors.Is(err, account.ErrPositionsWait) {
			t.Errorf("at the other server: %v", err)
		}
		h.open(c, h.DB)
		if n := len(h.acts("directory.server_changed")); n != 3 {
			t.Errorf("%d acts of one change", n)
		}
	})
}

// TestAFloodReachesNoDirectory: the limit stands before the bind (R21), and somebody
// honest at another address comes in.
func TestAFloodReachesNoDirectory(t *testing.T) {
	clause.Covers(t, "C022")
	each(t, func(t *testing.T, h *hall) {
		limited := 0
		for range 60 {
			if _, err := h.SignIn(t.Context(), "dir", rand(h), "guess", from("198.51.100.1")); errors.Is(err, limit.ErrTooManyAttempts) {
				limited++
			}
		}
		if asked := len(h.acts("session.refused")); limited != 20 || asked != 40 {
			t.Errorf("%d were limited, %d reached the directory", limited, asked)
		}
		if _, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1")); err != nil {
			t.Errorf("an honest one: %v", err)
		}
	})
}

func rand(h *hall) string { return "u" + h.clock().Format("150405.000000") }

// TestWhoLeavesTheDirectoryIsOut: groups and entries are looked up again, and what they say
// holds without a sign-in.
func TestWhoLeavesTheDirectoryIsOut(t *testing.T) {
	clause.Covers(t, "C021", "C023")
	each(t, func(t *testing.T, h *hall) {
		li, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		h.provider.Person("s1", "han", "韩梅梅", []string{"guards"})
		han, back, err := h.browse("han", "/wall?x=1")
		if err != nil || back != "/wall?x=1" || han.Identity.Person.DisplayName != "韩梅梅" {
			t.Fatalf("%q, %v", back, err)
		}
		in := func(s account.SignedIn) bool {
			_, err := h.Access.BySession(t.Context(), s.Secret)
			return err == nil
		}
		h.Round(t.Context())
		if len(h.acts("person.left_directory")) != 0 || !in(li) || !in(han) {
			t.Fatal("somebody is out who did not leave")
		}
		// Another position by another group.
		h.provider.Person("s1", "han", "韩梅梅", []string{"audit"})
		h.pass(time.Hour)
		h.Round(t.Context())
		who, err := h.Access.BySession(t.Context(), han.Secret)
		if err != nil || access.Can(who.Actor, access.LiveView, "") == nil || access.Can(who.Actor, access.ActRead, "") != nil {
			t.Errorf("another group: %v, %v", who.Actor.Actions(), err)
		}
		// Away is not gone, for a while.
		h.server.Stop()
		h.provider.Away(true)
		h.pass(time.Hour)
		h.Round(t.Context())
		if !in(li) || !in(han) {
			t.Error("a directory that is away puts people out")
		}
		h.provider.Away(false)
		if err := h.server.Run(); err != nil {
			t.Fatal(err)
		}
		h.Round(t.Context())
		h.server.Remove(h.members[0])
		h.provider.Forget("s1")
		h.pass(time.Hour)
		h.Round(t.Context())
		if in(li) || in(han) {
			t.Errorf("who left is in: %v, %v", in(li), in(han))
		}
		if left := h.acts("person.left_directory"); len(left) != 2 || left[0].Detail["reason"] != "left" {
			t.Errorf("%+v", left)
		}
	})
}

// TestADirectoryThatStaysAway: nobody is vouched for without end.
func TestADirectoryThatStaysAway(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		li, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		h.server.Stop()
		for range 11 {
			h.pass(time.Hour)
			h.Round(t.Context())
			if _, err := h.Access.BySession(t.Context(), li.Secret); err != nil {
				t.Fatalf("out too early: %v", err)
			}
		}
		h.pass(time.Hour)
		h.Round(t.Context())
		if _, err := h.Access.BySession(t.Context(), li.Secret); !errors.Is(err, account.ErrNotSignedIn) {
			t.Errorf("in after 12 hours: %v", err)
		}
	})
}

func TestFlowsThatWereNotBegunHere(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.provider.Person("s1", "han", "韩梅梅", []string{"guards"})
		h.provider.SignsIn("han")
		address, kept, err := h.Begin(t.Context(), "campus", "", from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		back := h.provider.Browse(address)
		finish := func(name string, kept []byte, query url.Values) error {
			_, _, err := h.Finish(t.Context(), name, kept, query, from("192.0.2.1"))
			return err
		}
		_, other, err := h.Begin(t.Context(), "campus", "", from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct{ err, want error }{
			"another browser": {finish("campus", nil, back), ErrFlow},
			"a broken cookie": {finish("campus", append([]byte{}, kept[1:]...), back), ErrFlow},
			"another flow":    {finish("campus", other, back), ErrDirectoryRefused},
			"nobody":          {finish("none", kept, back), ErrDirectoryUnknown},
			"of LDAP":         {finish("dir", kept, back), ErrDirectoryUnknown},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v, want %v", name, c.err, c.want)
			}
		}
		h.pass(FlowLasts)
		if err := finish("campus", kept, back); !errors.Is(err, ErrFlow) {
			t.Errorf("too late: %v", err)
		}
		if _, _, err := h.Begin(t.Context(), "campus", "//evil.example.org", from("192.0.2.1")); !errors.Is(err, ErrReturn) {
			t.Errorf("an open redirect: %v", err)
		}
	})
}

// TestAMappingIsOnRecord: what groups mean stands in a file; a change of it is an act, and
// a directory that is taken out of it lets nobody stay.
func TestAMappingIsOnRecord(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		if n := len(h.acts("directory.mapping_changed")); n != 2 {
			t.Fatalf("%d acts at the first start", n)
		}
		li, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		h.open(h.configuration(), h.DB)
		if n := len(h.acts("directory.mapping_changed")); n != 2 {
			t.Errorf("%d acts where nothing changed", n)
		}
		c := h.configuration()
		c.SignIn.OIDC[0].Positions = []string{"leader=guards"}
		c.SignIn.LDAP = nil
		h.open(c, h.DB)
		acts := h.acts("directory.mapping_changed")
		if len(acts) != 3 || acts[0].Subject != "campus" {
			t.Fatalf("%d acts", len(acts))
		}
		if to, _ := acts[0].Detail["to"].([]any); !slices.Equal(to, []any{"leader=guards"}) {
			t.Errorf("%+v", acts[0].Detail)
		}
		h.Round(t.Context())
		if _, err := h.Access.BySession(t.Context(), li.Secret); !errors.Is(err, account.ErrNotSignedIn) {
			t.Errorf("through a directory that is no more: %v", err)
		}
	})
}

// TestNoSecretIsKept: what a provider gave to ask again with is sealed, and stands in no act.
func TestNoSecretIsKept(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		h.provider.Person("s1", "han", "韩梅梅", []string{"guards"})
		if _, _, err := h.browse("han", "/"); err != nil {
			t.Fatal(err)
		}
		due, err := identity.Due(t.Context(), h.DB.Read(), "campus", h.Clock.Micro(), 10)
		if err != nil || len(due) != 1 || len(due[0].Ticket) == 0 {
			t.Fatalf("%+v, %v", due, err)
		}
		if plain, err := h.Box.Open(due[0].Ticket, "identity/"+h.provider.Issuer+"\x00s1"); err != nil || plain == "" {
			t.Errorf("%v", err)
		}
		if _, err := h.Box.Open(due[0].Ticket, "identity/"+h.provider.Issuer+"\x00s2"); err == nil {
			t.Error("it opens for somebody else")
		}
	})
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*config.Config){
		"no position \"emperor\"":        func(c *config.Config) { c.SignIn.OIDC[0].Positions = []string{"emperor=guards"} },
		"no position \"house:operator\"": func(c *config.Config) { c.SignIn.OIDC[0].Positions = []string{"house:operator=guards"} },
		"distinguished name":             func(c *config.Config) { c.SignIn.LDAP[0].Positions = []string{"operator=guards"} },
		"bind_dn has no password":        func(c *config.Config) { c.SignIn.LDAP[0].Name = "other" },
		"no such file":                   func(c *config.Config) { c.SignIn.OIDC[0].CA = "/nowhere.pem" },
		"the filter":                     func(c *config.Config) { c.SignIn.LDAP[0].Filter = "(uid={username}" },
	} {
		h := &hall{provider: &oidctest.Provider{Issuer: "https://login.example.org"}, server: &ldaptest.Server{Plain: "ldap://127.0.0.1:1"}}
		c := h.configuration()
		change(c)
		if _, err := New(c, env); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/", "/wall?x=1#y", "//evil", "/\\evil", "https://evil", "/\t/evil", "/%2f/evil", "javascript:alert(1)", "/a:b@c"} {
		f.Add(s)
	}
	base, err := url.Parse("https://watch.example.org/api/v1/sign-in/oidc/campus/callback")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if !Local(path) {
			return
		}
		to, err := base.Parse(path)
		if err != nil || to.Host != base.Host || to.Scheme != "https" {
			t.Errorf("%q leads to %v, %v", path, to, err)
		}
		if browser := strings.ReplaceAll(path, "\\", "/"); strings.HasPrefix(browser, "//") {
			t.Errorf("%q leads a browser elsewhere", path)
		}
	})
}

// TestADirectoryThatCannotBeUsed: the others work, and who came through it stays until it
// is looked up again.
func TestADirectoryThatCannotBeUsed(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		li, err := h.SignIn(t.Context(), "dir", "li.lei", "correct horse", from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		c := h.configuration()
		c.SignIn.LDAP[0].CA = "/nowhere.pem"
		desk, err := New(c, env)
		if err == nil || len(desk.Ways()) != 1 || desk.Ways()[0].Name != "campus" {
			t.Fatalf("%v, %v", desk.Ways(), err)
		}
		desk.DB, desk.Box, desk.Clock, desk.Access, desk.Log = h.DB, h.Box, h.Clock, h.Access, h.Log
		desk.Round(t.Context())
		if _, err := h.Access.BySession(t.Context(), li.Secret); err != nil {
			t.Errorf("put out by a mistake in a file: %v", err)
		}
	})
}
