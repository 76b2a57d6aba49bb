package disclosure

import (
	"strconv"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/disclosure/owed"
	"watchroom/internal/rule"
)

var (
	// Lasts is how long a viewing allows to look. A shorter one also ends what is open.
	Lasts = rule.Duration{Key: "viewing.lasts", Default: 8 * time.Hour, Least: 15 * time.Minute, Most: 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C104"}}
	longest = rule.Duration{Key: "viewing.longest", Default: 92 * 24 * time.Hour, Least: time.Hour, Most: 366 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C105"}}
	leastReason = rule.Int{Key: "viewing.reason_least", Default: 4, Least: 2, Most: 100, Unit: "characters",
		Guard: rule.Lower, Clauses: []string{"C105"}}

	// OwnBack is how far back whoever is on duty may look at the cameras of the own area
	// without a request.
	OwnBack = rule.Duration{Key: "viewing.own_back", Default: 30 * time.Minute, Least: 0, Most: 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C104"}}
	// OwnOnDuty demands the watch over the camera for it (P4, ruling R16).
	OwnOnDuty = rule.Bool{Key: "viewing.own_on_duty", Default: false,
		Guard: rule.Lower, Clauses: []string{"C104"}}
	// RequestGrade is the security grade from which footage is seen only under a request
	// that was approved, duty review aside. Until there are requests it is not seen.
	RequestGrade = rule.Word{Key: "viewing.request_grade", Default: "grade_none", Words: []string{"grade_none", "grade_4", "grade_3", "grade_2", "grade_1"},
		Guard: rule.Lower, Clauses: []string{"C104", "C111"}}
	// SecondGrade is the security grade from which footage is seen, and kept as a picture, only
	// together with a second person, duty review as well. Emergency rights are exempt.
	SecondGrade = rule.Word{Key: "viewing.second_grade", Default: "grade_none", Words: []string{"grade_none", "grade_4", "grade_3", "grade_2", "grade_1"},
		Guard: rule.Lower, Clauses: []string{"C104", "C111"}}
	// IncidentBack is how far back somebody looks by choosing a purpose whose words are due
	// afterwards (P4): what has happened is the reason, and nobody types it first. What is older
	// needs the words before.
	IncidentBack = rule.Duration{Key: "viewing.incident_back", Default: 24 * time.Hour, Least: 0, Most: 7 * 24 * time.Hour,
		Guard: rule.Higher, Clauses: []string{"C074", "C104"}}

	// RetrievalOpens, RetrievalCloses and RetrievalDays are when retrieval is executed, in
	// the time of the site. Authorities are exempt.
	RetrievalOpens = rule.Duration{Key: "retrieval.opens", Default: 0, Least: 0, Most: 24 * time.Hour, OfDay: true,
		Guard: rule.Lower, Clauses: []string{"C099"}, Unread: true}
	RetrievalCloses = rule.Duration{Key: "retrieval.closes", Default: 24 * time.Hour, Least: 0, Most: 24 * time.Hour, OfDay: true,
		Guard: rule.Higher, Clauses: []string{"C099"}, Unread: true}
	RetrievalDays = rule.Words{Key: "retrieval.days", Default: week(), Words: week(), Fewest: 1,
		Guard: rule.Higher, Clauses: []string{"C099"}, Unread: true}
	// RetrievalApprovers are the positions of which one must consent to a retrieval. The
	// more there are, the easier it is to find one.
	RetrievalApprovers = rule.Names{Key: "retrieval.approvers", Register: "position", Default: []string{"leader", "supervisor"}, Fewest: 1, Longest: 20,
		Guard: rule.Higher, Clauses: []string{"C108", "C110"}, Unread: true}
)

// Demands gives what the house demands of footage by the security grade of its camera, as terms
// of every decision about it.
func Demands(rules *rule.Set) func() access.Demands {
	return func() access.Demands {
		return access.Demands{Request: gradeOf(RequestGrade.Get(rules)), Second: gradeOf(SecondGrade.Get(rules)),
			Review: OwnBack.Get(rules), OnDuty: OwnOnDuty.Get(rules)}
	}
}

// gradeOf reads a value of RequestGrade; 0: none.
func gradeOf(word string) access.Grade {
	n, err := strconv.Atoi(strings.TrimPrefix(word, "grade_"))
	if err != nil {
		return 0
	}
	return access.Grade(n)
}

func week() []string {
	return []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

// Parameters gives what an institution sets of looking at footage and of retrieving it.
func Parameters() []rule.Parameter {
	return append([]rule.Parameter{Lasts, longest, leastReason, OwnBack, OwnOnDuty, RequestGrade, SecondGrade, IncidentBack, RetrievalOpens, RetrievalCloses, RetrievalDays, RetrievalApprovers},
		owed.Parameters()...)
}
