package api

import (
	"fmt"
	"testing"
	"time"

	"watchroom/internal/api/rights"
	"watchroom/internal/api/session"
	"watchroom/internal/testkit/clause"
)

// pledged puts on file until which day from today somebody's pledge is good.
func (h *house) pledged(who string, days int) int {
	h.t.Helper()
	return h.send("administrator", "PATCH", "/api/v1/people/"+h.person(who)+"/file", fmt.Sprintf(`{"pledgeUntil":%q}`, h.day(days))).Code
}

// day is one from today, where the files of people have it.
func (h *house) day(days int) string {
	zone := h.deps.Files.Settings.Zone
	if zone == nil {
		zone = time.UTC
	}
	return h.now().In(zone).AddDate(0, 0, days).Format(time.DateOnly)
}

// TestALapsedPledgeEndsWhatSomebodySees (C100): where the house has said so, and there only;
// the person is told before, and both the refusal and the explanation name the paper.
func TestALapsedPledgeEndsWhatSomebodySees(t *testing.T) {
	clause.Covers(t, "C100")
	h := newHouse(t)
	from := h.now().Add(-2 * time.Hour).UTC().Truncate(time.Second)
	viewing := fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, from.Format(time.RFC3339), from.Add(time.Hour).Format(time.RFC3339))
	papers := func() []session.EndingPaper {
		t.Helper()
		return get[session.Session](h, "operator", "GET", "/api/v1/session", "", 200).EndingPapers
	}
	watches := []scenario{
		{name: "plays back", as: "operator", method: "POST", path: "/api/v1/viewings", body: viewing, status: 201},
		{name: "sees live", as: "operator", path: "/api/v1/cameras/" + h.gate + "/picture.jpg", status: 200},
	}
	h.run(watches)
	if p := papers(); len(p) != 0 {
		t.Errorf("nothing counts, and yet %+v", p)
	}

	h.pledged("operator", 20)
	h.rule("pledge.ends", "true")
	h.run(watches)
	if p := papers(); len(p) != 1 || p[0].Paper != "pledge" || p[0].Ended || p[0].On != h.day(20) {
		t.Errorf("told before: %+v", p)
	}

	h.pledged("operator", -1)
	h.run([]scenario{
		{name: "plays nothing back", as: "operator", method: "POST", path: "/api/v1/viewings", body: viewing, status: 403, content: []string{"right_pledge"}},
		{name: "sees nothing live", as: "operator", path: "/api/v1/cameras/" + h.gate + "/picture.jpg", status: 403, content: []string{"right_pledge"}},
		{name: "sees the list", as: "operator", path: "/api/v1/cameras", status: 200, content: []string{"东门"}},
		{name: "nor who never signed", as: "duty_lead", method: "POST", path: "/api/v1/viewings", body: viewing, status: 403, content: []string{"right_pledge"}},
		{name: "an auditor is not asked", as: "auditor", path: "/api/v1/acts", status: 200},
		{name: "it is due", as: "administrator", path: "/api/v1/people/due", status: 200, content: []string{`"what":"pledge"`}},
	})
	if p := papers(); len(p) != 1 || !p[0].Ended {
		t.Errorf("told after: %+v", p)
	}
	x := get[rights.Explanation](h, "auditor", "GET", "/api/v1/rights/explain?camera="+h.gate+"&person="+h.person("operator"), "", 200)
	lacks := map[string]string{}
	for _, d := range x.Decisions {
		if d.Lack != "" && d.Lack != "right" {
			lacks[d.Action] = d.Lack
		}
	}
	if len(lacks) != 3 || lacks["live.view"] != "pledge" || lacks["playback.view"] != "pledge" || lacks["snapshot.take"] != "pledge" {
		t.Errorf("explained: %v", lacks)
	}

	h.pledged("operator", 0)
	h.run(watches) // on its last day
}

// TestWatchRightsEndWhenPledgeOrVettingLapses (practice P7), as the packs have it: the pledge is
// signed by who gives it, on a screen and for a year, and what others type in is bounded.
func TestWatchRightsEndWhenPledgeOrVettingLapses(t *testing.T) {
	clause.Covers(t, "C100")
	h := newHouse(t)
	file := func(body string, status int, content ...string) scenario {
		return scenario{name: body, as: "administrator", method: "PATCH", path: "/api/v1/people/" + h.person("operator") + "/file", body: body, status: status, content: content}
	}
	const path = "/api/v1/session/pledge"
	sees := func(status int, content ...string) scenario {
		return scenario{name: "live", as: "operator", path: "/api/v1/cameras/" + h.gate + "/picture.jpg", status: status, content: content}
	}
	sign := func(name, as, password string, status int, content ...string) scenario {
		return scenario{name: name, as: as, method: "POST", path: path, body: `{"language":"en","password":"` + password + `"}`, status: status, content: content}
	}
	h.key("operator")
	h.rule("pledge.ends", "true")
	h.rule("vetting.years", "3")
	own := h.passwords["operator"]
	good := h.now().UTC().AddDate(0, 12, -1).Format(time.DateOnly)
	h.run([]scenario{
		sees(403, "right_pledge"),
		{name: "its words", as: "operator", path: path, status: 200, content: []string{`"until":""`, `"signed":"` + good + `"`, `"counts":true`, "I promise", "本人承诺"}},
		{name: "of who stands in", as: "stand_in", path: path, status: 404, content: []string{"pledge_none"}},
		sign("who sits there is another", "operator", "guessed", 403, "wrong_password"),
		sign("a program", "token", own, 403),
		sign("the person", "operator", own, 200, `"until":"`+good+`"`),
		sign("once more", "operator", own, 409, "pledge_stands"),
		sees(403, "right_vetting"),
		file(`{"vettedOn":"`+h.day(1)+`"}`, 422, "vetting_ahead"),
		file(`{"pledgeUntil":"2099-01-01"}`, 422, "pledge_beyond", `"months":12`),
		file(`{"vettedOn":"`+h.day(-3*366)+`"}`, 200),
		sees(403, "right_vetting"),
		file(`{"vettedOn":"`+h.day(0)+`"}`, 200),
		sees(200),
	})
	h.shift.Add((366 * 24 * time.Hour).Microseconds())
	delete(h.keys, "operator") // the session has ended meanwhile
	h.run([]scenario{sees(403, "right_pledge")})
}
