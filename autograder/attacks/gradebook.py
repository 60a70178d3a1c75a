# tries: to read everybody's marks, to give itself full marks and to take those of others
# %% last
import sqlite3

for path in ("@COURSE@/gradebook.db", "@HOME@/gradebook.db", "../../../gradebook.db"):
    try:
        rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("select * from grade").fetchall()
        print("LEAK" "ED:", rows)
    except sqlite3.Error as error:
        print(error)
# %% last
import sqlite3

for path in ("@COURSE@/gradebook.db", "@HOME@/gradebook.db", "../../../gradebook.db", "gradebook.db"):
    try:
        database = sqlite3.connect(path, timeout=0.1)
        database.execute("update grade set auto_score = 10, manual_score = 10")
        database.execute("update comment set manual_comment = 'full marks'")
        database.commit()
        print("LEAK" "ED: written to", path)
    except sqlite3.Error as error:
        print(error)
