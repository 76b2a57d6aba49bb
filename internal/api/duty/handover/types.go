package handover

import (
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/duty/handover"
)

// HandoverView is a handover with its sheet.
type HandoverView struct {
	ID         string              `json:"id"`
	Room       string              `json:"room"`
	RoomName   string              `json:"roomName"`
	State      string              `json:"state" enum:"open,signed,done,overtaken" doc:"Signed: by the outgoing alone, who answers for the room until the incoming has signed."`
	Outgoing   string              `json:"outgoing"`
	Incoming   string              `json:"incoming,omitempty"`
	OpenedBy   string              `json:"openedBy"`
	OpenedAt   time.Time           `json:"openedAt"`
	From       *time.Time          `json:"from,omitempty" doc:"Since when the outgoing was in charge."`
	At         *time.Time          `json:"at,omitempty" doc:"Of the sheet: when it was signed, else now."`
	On         []HandoverOn        `json:"on" nullable:"false" doc:"Who kept watch."`
	System     *HandoverSystem     `json:"system,omitempty"`
	Items      []HandoverItem      `json:"items" nullable:"false" doc:"What is open, as the sheet has it."`
	Added      []HandoverItem      `json:"added" nullable:"false" doc:"What has come up since the outgoing signed; acknowledged as well."`
	Counted    []string            `json:"counted" nullable:"false" doc:"What is counted."`
	Counts     []HandoverCount     `json:"counts" nullable:"false"`
	Fit        bool                `json:"fit" doc:"Who takes over seemed fit for it."`
	Round      bool                `json:"round"`
	Remarks    string              `json:"remarks,omitempty" doc:"Of the outgoing."`
	Taken      *HandoverTaken      `json:"taken,omitempty"`
	Passed     *HandoverPassed     `json:"passed,omitempty" doc:"How the watch passed without both signatures."`
	Signatures []HandoverSignature `json:"signatures" nullable:"false"`
	Afterwards []HandoverRemark    `json:"afterwards" nullable:"false"`
	RemarksFor int                 `json:"remarksFor" doc:"Hours for which remarks are taken."`
	Names      map[string]string   `json:"names" doc:"Of the people named here, by id."`
}

// HandoverOn is somebody who kept watch.
type HandoverOn struct {
	Person string     `json:"person"`
	OnAt   time.Time  `json:"onAt"`
	OffAt  *time.Time `json:"offAt,omitempty"`
	Late   int        `json:"late,omitempty" doc:"Seconds."`
	From   *time.Time `json:"from,omitempty" doc:"Of the turn by the roster; missing: not on it."`
	To     *time.Time `json:"to,omitempty"`
}

// HandoverSystem is how recorder and room stand.
type HandoverSystem struct {
	Cameras   int        `json:"cameras"`
	Online    int        `json:"online"`
	Recording int        `json:"recording"`
	FreeBytes int64      `json:"freeBytes"`
	Disks     string     `json:"disks" enum:",ok,low,full,fault"`
	FullOn    *time.Time `json:"fullOn,omitempty"`
	Clock     string     `json:"clock" enum:",ok,warn,alarm,unknown"`
	OffsetMS  int64      `json:"offsetMs"`
	Log       string     `json:"log" enum:",ok,behind,stopped"`
	Gaps      int        `json:"gaps"`
}

// HandoverItem is an open matter.
type HandoverItem struct {
	Kind   string         `json:"kind"`
	ID     string         `json:"id"`
	Text   string         `json:"text,omitempty"`
	Params map[string]any `json:"params,omitempty"`
	Since  time.Time      `json:"since"`
	Owner  string         `json:"owner,omitempty"`
	Due    *time.Time     `json:"due,omitempty"`
	Urgent bool           `json:"urgent,omitempty"`
	Bars   string         `json:"bars,omitempty" doc:"Why nothing is signed while this is so."`
}

// HandoverCount is one thing that is handed on.
type HandoverCount struct {
	Item     string `json:"item" maxLength:"40"`
	Count    int    `json:"count" minimum:"0" maximum:"100000"`
	Complete bool   `json:"complete"`
	Note     string `json:"note,omitempty" maxLength:"400"`
}

// HandoverTaken is what the incoming signed.
type HandoverTaken struct {
	Sheet        string                 `json:"sheet" doc:"SHA-256 of the sheet."`
	Acknowledged []HandoverAcknowledged `json:"acknowledged" nullable:"false"`
	Remarks      string                 `json:"remarks,omitempty"`
	Checkpoint   *HandoverCheckpoint    `json:"checkpoint,omitempty"`
}

// HandoverCheckpoint is how far the transparency log reached, which the incoming cosigns.
type HandoverCheckpoint struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	Short  string `json:"short" doc:"As it is read out: size and the first characters of the root."`
	Text   string `json:"text" doc:"As the QR code says it: watchroom checkpoint ORIGIN SIZE ROOT."`
	Side   int    `json:"qrSize" doc:"Width and height of the view box of the QR code, in modules."`
	Path   string `json:"qrPath" doc:"The dark modules, as the d of an SVG path."`
}

// HandoverPassed is how a watch passed where both did not sign.
type HandoverPassed struct {
	At     time.Time `json:"at"`
	How    string    `json:"how" enum:"taken_over,closed,handed_over,signed_on,head_changed"`
	Person string    `json:"person" doc:"Who answers for the room from then on."`
	Reason string    `json:"reason,omitempty"`
}

// HandoverAcknowledged is a matter that was read.
type HandoverAcknowledged struct {
	Kind string `json:"kind" maxLength:"60"`
	ID   string `json:"id" maxLength:"200"`
	Note string `json:"note,omitempty" maxLength:"1000"`
}

// HandoverSignature is one signature.
type HandoverSignature struct {
	Role    string    `json:"role" enum:"outgoing,incoming,review"`
	Person  string    `json:"person"`
	At      time.Time `json:"at"`
	Hash    string    `json:"hash" doc:"SHA-256 of what was signed."`
	Factors []string  `json:"factors" nullable:"false" doc:"Second factors that were shown for it: passkey, card, totp, recovery. None: the grade is a password alone, or a session. The server attests the signature."`
	Note    string    `json:"note,omitempty" doc:"Of a review."`
}

// HandoverRemark is what somebody said afterwards.
type HandoverRemark struct {
	ID     string    `json:"id"`
	Person string    `json:"person"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind" enum:"remark,dispute,defect"`
	Words  string    `json:"words"`
	Found  bool      `json:"found,omitempty" doc:"Told so soon that it counts as found at the takeover."`
}

// HandoverLine is a handover in the list of a room.
type HandoverLine struct {
	ID       string     `json:"id"`
	State    string     `json:"state" enum:"open,signed,done,overtaken"`
	Outgoing string     `json:"outgoing"`
	Incoming string     `json:"incoming,omitempty"`
	OpenedAt time.Time  `json:"openedAt"`
	PassedAt *time.Time `json:"passedAt,omitempty"`
	Items    int        `json:"items"`
	Reviewed bool       `json:"reviewed"`
}

// HandoverList is a page of them, the latest first.
type HandoverList struct {
	Items []HandoverLine    `json:"items" nullable:"false"`
	Next  string            `json:"next,omitempty" doc:"Pass it as before for the page after this."`
	Names map[string]string `json:"names" doc:"Of the people named here, by id."`
}

// HandoverStatement is what the outgoing says.
type HandoverStatement struct {
	Incoming string          `json:"incoming" maxLength:"40"`
	Fit      bool            `json:"fit" doc:"Who takes over seems fit for it: neither drunk nor unwell."`
	Round    bool            `json:"round" doc:"The round before the handover was made."`
	Counts   []HandoverCount `json:"counts" nullable:"false" maxItems:"60"`
	Remarks  string          `json:"remarks,omitempty" maxLength:"8000"`
}

// HandoverAcceptance is what the incoming says.
type HandoverAcceptance struct {
	Acknowledged []HandoverAcknowledged `json:"acknowledged" nullable:"false" maxItems:"4000"`
	Remarks      string                 `json:"remarks,omitempty" maxLength:"8000"`
}

// HandoverWords is a remark.
type HandoverWords struct {
	Kind  string `json:"kind" enum:"remark,dispute,defect"`
	Words string `json:"words" maxLength:"4000"`
}

// HandoverNote is of a review.
type HandoverNote struct {
	Note string `json:"note,omitempty" maxLength:"4000"`
}

func items(of []handover.Item) []HandoverItem {
	all := make([]HandoverItem, len(of))
	for i, x := range of {
		all[i] = HandoverItem{Kind: x.Kind, ID: x.ID, Text: x.Text, Params: x.Params, Since: route.Time(x.Since), Owner: x.Owner, Due: route.TimeOrNil(x.Due), Urgent: x.Urgent, Bars: x.Bars}
	}
	return all
}

// named keeps, of all names, those of the people that are named.
func named(all map[string]string, ids ...string) map[string]string {
	some := map[string]string{}
	for _, id := range ids {
		if n, ok := all[id]; ok && id != "" {
			some[id] = n
		}
	}
	return some
}
