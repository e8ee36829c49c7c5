"""`python app.py`: the page where a photo becomes HDR."""

from hdr_demo.ui.app import main

if __name__ == "__main__":
    main()
