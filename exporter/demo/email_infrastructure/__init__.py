"""An email infrastructure provider in its second year: growing, somewhat behind plan, with an MVP not yet complete."""
