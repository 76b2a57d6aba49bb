package wall

import "time"

// Layout is an arrangement of cameras on a wall.
type Layout struct {
	ID        string    `json:"id"`
	Name      string    `json:"name" example:"夜班"`
	Size      int       `json:"size" enum:"1,4,9,16"`
	Cells     []*string `json:"cells" doc:"Ids of cameras, left to right and down; null where a cell is empty."`
	Shared    bool      `json:"shared" doc:"Everybody sees it."`
	Person    string    `json:"person" doc:"Whose it is; only they change it."`
	UpdatedAt time.Time `json:"updatedAt"`
}

// LayoutInput is a layout as it is saved.
type LayoutInput struct {
	Name   string    `json:"name" minLength:"1" maxLength:"100" example:"夜班"`
	Size   int       `json:"size" enum:"1,4,9,16"`
	Cells  []*string `json:"cells" maxItems:"16"`
	Shared bool      `json:"shared,omitempty"`
}
