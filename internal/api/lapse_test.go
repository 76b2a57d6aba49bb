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
